"""Groups records into leaderboards: one for each setting, ranked, with a heading that no other setting has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from bench.examiner import CLEAN
from bench.figures.places import figure_folder, has_confusion
from bench.record import Record, Setting
from bench.standings import Standing, gather_seeds, judge
from bench.statistics.ranking import main_metric, probe_of
from bench.suites import BUDGETS, SUITES, Suite, make_config
from bench.tables.cells import tell_stand_in
from smile.config import dotted, flatten
from smile.digests import digest

#: Facts of a setting that a heading names only where two headings would be equal without them, in this order.
_APART = ("suite_version", "protocol_version", "protocol_hash", "data_hash", "folds_hash", "source_hash")
#: Methods with a result from which on more is drawn than their accuracies.
SEVERAL = 3


@dataclass(frozen=True)
class Leaderboard:
    """Holds the methods of one setting, the best first; then those that are red, then those without a result."""

    heading: str
    standings: tuple[Standing, ...]
    alone: bool  # False where records of another setting lie in the same folder, as after a change of settings
    rivals: tuple[Standing, ...]  # the suite's reference, the best other method that learns without labels; or empty

    @property
    def first(self) -> Record:
        """Any record: what it says of data set, protocol and setting holds for all."""
        return self.standings[0].first

    @property
    def scored(self) -> tuple[Standing, ...]:
        """The methods with a result."""
        return tuple(standing for standing in self.standings if standing.metrics)

    @property
    def fair(self) -> tuple[Standing, ...]:
        """The methods with a result that the audit lets stand: figures show these alone."""
        return _keep_fair(self.standings)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Every seed of any method."""
        return tuple(sorted({record.setting.seed for standing in self.standings for record in standing.records}))

    @property
    def title(self) -> str:
        """The heading for a figure or a caption; generated faces are always called stand-ins."""
        return self.heading + tell_stand_in(self.first)

    @cached_property
    def tie_groups(self) -> Mapping[str, int]:
        """Method -> number of its group of ties; see `group_ties`."""
        return group_ties(self.standings)

    @property
    def tied(self) -> frozenset[str]:
        """The methods that are not told apart from the best one, itself included; empty where one stands alone."""
        near = frozenset(name for name, group in self.tie_groups.items() if group == 1)
        return near if len(self.tie_groups) > 1 else frozenset()

    @property
    def overviews(self) -> dict[str, Path]:
        """Name -> place of each figure of the whole leaderboard, relative to the results folder."""
        several, classes = len(self.fair) >= SEVERAL, all(has_confusion(standing) for standing in self.fair)
        curves = self.first.setting.probe == "few_labels"
        names = ["accuracy", *["curves"] * curves, *["recall"] * (several and classes), *["cost"] * several]
        names += ["difference"] * (several and classes and bool(self.rivals))
        mark = "" if self.alone else f"_{digest(self.first.key)}"
        return {name: figure_folder(self.first) / f"{name}{mark}.png" for name in names if self.fair}


def group_records(suite: Suite, records: Sequence[Record]) -> list[Leaderboard]:
    """Returns a leaderboard for each setting, recordings before stand-ins."""
    groups: dict[str, list[Standing]] = defaultdict(list)
    for standing in sorted(
        gather_seeds(records), key=lambda one: (one.first.setting.data_set not in suite.data_sets, one.first.key)
    ):
        groups[standing.first.key].append(standing)
    ranked = [tuple(sorted(group, key=_rank)) for group in groups.values()]
    lies = Counter(figure_folder(group[0].first) for group in ranked)
    return [
        Leaderboard(heading, group, lies[figure_folder(group[0].first)] == 1, _pick_rivals(group, suite.references))
        for heading, group in zip(_name_all(ranked), ranked, strict=True)
    ]


def group_ties(standings: Sequence[Standing]) -> dict[str, int]:
    """Returns method -> number of its group, 1 for the best; `standings` are those of one setting, in any order.

    The best method heads group 1: who is not told apart from it, on the same clips and after Holm's correction for all
    comparisons with it, is in its group. The best of all others heads group 2, and so on. In no group: a method without
    a result, one that is red in the audit, and a floor where clips show several classes.
    """
    left = [one for one in sorted(standings, key=_rank) if one.metrics and is_ranked(one)]
    groups: dict[str, int] = {}
    while left:
        head, number = left[0].first.method, max(groups.values(), default=0) + 1
        found = judge(left, (head,))
        near = {name for (name, _), one in found.items() if one.verdict == "not told apart"}
        groups |= {one.first.method: number for one in left if one.first.method in {head, *near}}
        left = [one for one in left if one.first.method not in groups]
    return groups


def list_metrics(standings: Sequence[Standing]) -> list[str]:
    """Returns every metric of these methods, the one that ranks them first."""
    named = (name for standing in standings for name in standing.metrics)
    return list(dict.fromkeys([main_metric(standings[0].first), *named]))


def find_leaders(standings: Sequence[Standing]) -> dict[str, float]:
    """Returns metric -> the best value, where several methods have one.

    Where clips show several classes, a floor is never the best: one that predicts every class has a perfect recall.
    """
    scored = _keep_fair(standings)
    ranked = [standing for standing in scored if is_ranked(standing)]
    if not ranked or len(scored) < 2:
        return {}
    pick = min if probe_of(ranked[0].first).lower_is_better else max
    return {
        name: pick(one.metrics[name].value for one in ranked if name in one.metrics) for name in list_metrics(ranked)
    }


def is_best(standing: Standing, metric: str, best: Mapping[str, float]) -> bool:
    """Returns whether a method holds the best value of a metric; never a floor on clips of several classes."""
    return is_ranked(standing) and best.get(metric) == standing.metrics[metric].value


def is_ranked(standing: Standing) -> bool:
    """Returns whether a method can be the best: a red one cannot, nor, where clips show several classes, a floor."""
    return not standing.grade.red and not (standing.first.multilabel and standing.first.family == "floor")


def tell_changes(setting: Setting) -> str:
    """Returns what differs from the recipe of suite and budget, e.g. "epochs 4, image_size 32"; "" where nothing does.

    A setting is called by the last words of its key that no other setting shares.
    """
    if setting.suite not in SUITES or setting.budget not in BUDGETS:
        return ""
    usual = flatten(make_config(SUITES[setting.suite], BUDGETS[setting.budget], {}))
    found = dotted(setting.config)
    changed = {key: found[key] for key in usual if key in found and _plain(found[key]) != _plain(usual[key])}
    return ", ".join(f"{_shorten(key, usual)} {_plain(value)}" for key, value in changed.items())


def tell_seeds(seeds: Sequence[int]) -> str:
    """Returns the seeds in words, e.g. "seed 3" or "seeds 0-4"."""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    span = list(range(seeds[0], seeds[-1] + 1))
    return f"seeds {seeds[0]}-{seeds[-1]}" if list(seeds) == span else f"seeds {', '.join(map(str, seeds))}"


def _keep_fair(standings: Sequence[Standing]) -> tuple[Standing, ...]:
    """Returns the methods with a result that is not red in the audit."""
    return tuple(one for one in standings if one.metrics and not one.grade.red)


def _pick_rivals(standings: Sequence[Standing], references: Sequence[str]) -> tuple[Standing, ...]:
    learnt = [one for one in _keep_fair(standings) if one.first.family in ("unsupervised", "vision-language")]
    reference = next((one for name in references for one in learnt if one.first.method == name), None)
    other = next((one for one in learnt if one.first.method not in references), None)
    return (reference, other) if reference and other else ()


def _rank(standing: Standing) -> tuple[int, float, str]:
    if not standing.metrics:
        return 2, 0.0, standing.first.title
    value = standing.metrics[main_metric(standing.first)].value
    place = value if probe_of(standing.first).lower_is_better else -value
    return int(standing.grade.red), place, standing.first.title


def _name_all(groups: Sequence[Sequence[Standing]]) -> list[str]:
    """Returns a heading for each group; where two would be equal, each names what tells it from the others."""
    plain = [_name(group) for group in groups]
    return [heading + _tell_apart(number, plain, groups) for number, heading in enumerate(plain)]


def _tell_apart(number: int, headings: Sequence[str], groups: Sequence[Sequence[Standing]]) -> str:
    settings = [asdict(group[0].first.setting) for group in groups]
    twins = [other for other, heading in zip(settings, headings, strict=True) if heading == headings[number]]
    apart = [fact for fact in _APART if len({twin[fact] for twin in twins}) > 1]
    return "".join(f"; {fact.replace('_', ' ')} {settings[number][fact]}" for fact in apart)


def _name(standings: Sequence[Standing]) -> str:
    first = standings[0].first
    setting, changes = first.setting, tell_changes(first.setting)
    seeds = sorted({record.setting.seed for standing in standings for record in standing.records})
    under = "" if setting.condition == CLEAN else f", tested faces {first.condition_title}"
    changed = [changes] * bool(changes) + [tell_seeds(seeds)] * (seeds != [0])
    name = (
        f"{first.data_set_title}: {setting.protocol}, {setting.probe.replace('_', ' ')}{under}, budget {setting.budget}"
    )
    return f"{name}; changed: {', '.join(changed)}" if changed else name


def _shorten(key: str, known: Mapping[str, object]) -> str:
    parts = key.split(".")
    for count in range(1, len(parts)):
        short = ".".join(parts[-count:])
        if sum(f".{other}".endswith(f".{short}") for other in known) == 1:
            return short
    return key


def _plain(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
