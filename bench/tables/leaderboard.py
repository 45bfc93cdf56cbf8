"""Groups records into leaderboards: one for each setting, ranked, with a heading that no other setting has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.figures.places import figure_folder
from bench.methods import METHODS
from bench.record import Record, Setting
from bench.statistics.metrics import METRICS
from bench.suites import BUDGETS, SUITES, Suite, make_config
from smile.config import dotted, flatten
from smile.digests import digest

#: Facts of a setting that a heading names only where two headings would be equal without them, in this order.
_APART = ("suite_version", "protocol_version", "protocol_hash", "data_hash", "folds_hash", "source_hash")

#: Methods with a result from which on more is drawn than their accuracies.
SEVERAL = 3


@dataclass(frozen=True)
class Leaderboard:
    """Holds the records of one setting, the best accuracy first and methods without a result last."""

    heading: str
    records: tuple[Record, ...]
    alone: bool  # False where records of another setting lie in the same folder, as after a change of settings
    rivals: tuple[Record, ...]  # the suite's reference, the best other method that learns without labels; or empty

    @property
    def first(self) -> Record:
        """Any record: what it says of data set, protocol and setting holds for all."""
        return self.records[0]

    @property
    def scored(self) -> tuple[Record, ...]:
        """The records with a result."""
        return tuple(record for record in self.records if record.metrics)

    @property
    def title(self) -> str:
        """The heading for a figure or a caption; generated faces are always called stand-ins."""
        return self.heading + (f" (stand-in: {self.first.stand_in})" if self.first.stand_in else "")

    @property
    def overviews(self) -> dict[str, Path]:
        """Name -> place of each figure of the whole leaderboard, relative to the results folder."""
        several, one_class = len(self.scored) >= SEVERAL, not self.first.multilabel
        names = ["accuracy", *["recall"] * (several and one_class), *["cost"] * several]
        names += ["difference"] * (several and one_class and bool(self.rivals))
        mark = "" if self.alone else f"_{digest(self.first.key)}"
        return {name: figure_folder(self.first) / f"{name}{mark}.png" for name in names if self.scored}


def group_records(suite: Suite, records: Sequence[Record]) -> list[Leaderboard]:
    """Returns a leaderboard for each setting, recordings before stand-ins."""
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda one: (one.setting.data_set not in suite.data_sets, one.key)):
        groups[record.key].append(record)
    ranked = [tuple(sorted(group, key=_rank)) for group in groups.values()]
    lies = Counter(figure_folder(group[0]) for group in ranked)
    headings = _name_all(ranked)
    return [
        Leaderboard(heading, group, lies[figure_folder(group[0])] == 1, _pick_rivals(group, suite.references))
        for heading, group in zip(headings, ranked, strict=True)
    ]


def find_best(records: Sequence[Record]) -> dict[str, float]:
    """Returns metric -> the best value, where several records have one.

    Where clips show several classes, a floor is never the best: one that predicts every class has a perfect recall.
    """
    scored = [record for record in records if record.metrics]
    ranked = [record for record in scored if not (record.multilabel and record.family == "floor")]
    return {name: max(r.metrics[name].value for r in ranked) for name in METRICS} if ranked and len(scored) > 1 else {}


def is_best(record: Record, metric: str, best: Mapping[str, float]) -> bool:
    """Returns whether a record holds the best value of a metric; never for a floor on clips of several classes."""
    floor = record.multilabel and record.family == "floor"
    return not floor and best.get(metric) == record.metrics[metric].value


def tell_knowledge(record: Record) -> str:
    """Returns what the pretraining of a method is told beside images; "-" for a method of which nothing is known."""
    method = METHODS.get(record.method)
    return method.knows if method else "-"


def tell_changes(setting: Setting) -> str:
    """Returns what differs from the recipe of suite and budget, e.g. "epochs 4, image_size 32"; "" where nothing does.

    A setting is called by the last words of its key that no other setting shares.
    """
    if setting.suite not in SUITES or setting.budget not in BUDGETS:
        return ""
    usual = flatten(make_config(SUITES[setting.suite], BUDGETS[setting.budget], 0, {}))
    found = dotted(setting.config)
    changed = {key: found[key] for key in usual if key in found and _plain(found[key]) != _plain(usual[key])}
    changed.pop("training.seed", None)
    told = [f"{_shorten(key, usual)} {_plain(value)}" for key, value in changed.items()]
    return ", ".join(told + [f"seed {setting.seed}"] * bool(setting.seed))


def _pick_rivals(records: Sequence[Record], references: Sequence[str]) -> tuple[Record, ...]:
    learnt = [record for record in records if record.metrics and record.family in ("unsupervised", "vision-language")]
    reference = next((record for name in references for record in learnt if record.method == name), None)
    other = next((record for record in learnt if record.method not in references), None)
    return (reference, other) if reference and other else ()


def _rank(record: Record) -> tuple[float, str]:
    return (-record.metrics["accuracy"].value if record.metrics else 1.0, record.title)


def _name_all(groups: Sequence[Sequence[Record]]) -> list[str]:
    """Returns a heading for each group; where two would be equal, each names what tells it from the others."""
    plain = [_name(group[0]) for group in groups]
    return [heading + _tell_apart(number, plain, groups) for number, heading in enumerate(plain)]


def _tell_apart(number: int, headings: Sequence[str], groups: Sequence[Sequence[Record]]) -> str:
    settings = [asdict(group[0].setting) for group in groups]
    twins = [other for other, heading in zip(settings, headings, strict=True) if heading == headings[number]]
    apart = [fact for fact in _APART if len({twin[fact] for twin in twins}) > 1]
    return "".join(f"; {fact.replace('_', ' ')} {settings[number][fact]}" for fact in apart)


def _name(record: Record) -> str:
    setting = record.setting
    name = f"{record.data_set_title}: {setting.protocol}, {setting.probe.replace('_', ' ')}, budget {setting.budget}"
    changes = tell_changes(setting)
    return f"{name}; changed: {changes}" if changes else name


def _shorten(key: str, known: Mapping[str, object]) -> str:
    parts = key.split(".")
    for count in range(1, len(parts)):
        short = ".".join(parts[-count:])
        if sum(f".{other}".endswith(f".{short}") for other in known) == 1:
            return short
    return key


def _plain(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
