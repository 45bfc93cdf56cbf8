"""Writes results for programs: one row for each method, metric and seed, with all facts that make rows comparable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from bench.record import Record
from bench.standings import Judgement, Standing, gather_seeds, judge
from bench.statistics.folds import average_folds
from bench.statistics.intervals import Score
from bench.statistics.metrics import METRICS
from bench.statistics.ranking import main_metric, probe_of
from bench.tables.costs import list_costs
from bench.tables.leaderboard import group_ties
from smile.config import to_dict
from smile.recipes import recipe

#: The corrected p-value of the difference to the first reference, and the number of the group of ties.
Placing = tuple[float | None, int | None]
NONE: Placing = (None, None)
#: Columns of the csv file. Two rows may be compared if all columns before `method`, `metric` and `settings` are equal,
#: also across files.
COLUMNS = (
    "suite",
    "suite_version",
    "data_set",
    "stand_in",  # what generated the faces; empty for recordings
    "protocol",
    "protocol_version",
    "protocol_hash",  # of the tested subjects in each fold
    "budget",
    "condition",  # what was done to tested faces
    "probe",
    "method",
    "family",
    "knows",  # what pretraining is told beside images
    "uses_labels",
    "trials",  # settings among which those of the row were chosen, by `tune`; 0: the defaults
    "metric",
    "value",  # a fraction, as `low` and `high`, the ends of its 95 % interval; empty where there is no result
    "low",
    "high",
    "by_fold",  # the mean of the scores of the folds, where `value` scores all predictions together; not for curves
    "tie_group",  # 1: not told apart from the best; 2: from the best of the others ...; in rows of the main metric
    "p",  # that chance alone makes the difference to the first reference, corrected; in rows of the main metric
    "clips",  # that were tested
    "subjects",  # whom they show
    "reduced",  # e.g. "30 of 101 subjects"; empty for the full protocol
    "seconds",
    "parameters",  # of the encoder; empty, as the four below, where a record does not say what it cost
    "gflops",  # that embed one clip
    "steps",  # of all trainings with one seed
    "pictures",  # that passed the towers in these steps
    "memory",  # GB that a fit took at most
    "seed",  # empty in the row over all seeds, which stands where there are several
    "settings",  # what differs from the recipe, as key=value
    "record",  # identity of the record with every setting
    "audit",  # green, amber or red; empty where there is no result
    "reason",  # why it is not green
)


def render_csv(records: Sequence[Record], references: Sequence[str] = ()) -> str:
    """Returns the rows of all records, and of each method over its seeds, in the order of the records."""
    import pandas

    standings = gather_seeds(records)
    judged: dict[str, dict[str, Placing]] = {}
    for key, held in groupby(sorted(standings, key=lambda one: one.first.key), key=lambda one: one.first.key):
        group = list(held)
        verdicts, ties = judge(group, references), group_ties(group)
        judged[key] = {
            one.first.method: (_find_p(one, verdicts, references), ties.get(one.first.method)) for one in group
        }
    lines = [
        [defuse(row[column]) for column in COLUMNS]
        for standing in standings
        for row in _render_standing(standing, judged[standing.first.key][standing.first.method])
    ]
    text: str = pandas.DataFrame(lines, columns=COLUMNS, dtype=object).to_csv(index=False, lineterminator="\n")
    return text


def defuse(cell: Any) -> Any:
    """Returns a text so that no spreadsheet takes it for a formula, e.g. '=1+1 of =1+1; other values as they are."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def list_changes(config: Mapping[str, Any]) -> str:
    """Returns what differs between a config, as Setting holds it, and the recipe, e.g. "training.epochs=40"."""
    usual = dict(_flatten(to_dict(recipe("tiny"))))
    changed = {key: value for key, value in _flatten(config) if key in usual and usual[key] != value}
    return "; ".join(f"{key}={value}" for key, value in sorted(changed.items()))


def _render_standing(standing: Standing, verdict: Placing) -> Iterator[dict[str, Any]]:
    """Yields the rows of each seed, then those over all seeds; the last ones hold p and group."""
    several, grade = len(standing.records) > 1, standing.grade
    said = {"audit": grade.colour if standing.metrics else None, "reason": grade.reason or None}
    for record in standing.records:
        tail = (record.setting.seed, record.identity, record.seconds)
        rows = _render_metrics(record, record.metrics, *tail, NONE if several else verdict)
        yield from ({**row, **said} for row in rows)
    if several:
        rows = _render_metrics(standing.pooled, standing.metrics, "", "", standing.seconds, verdict)
        yield from ({**row, **said} for row in rows)


def _render_metrics(
    record: Record, metrics: Mapping[str, Score], seed: int | str, identity: str, seconds: float, verdict: Placing
) -> Iterator[dict[str, Any]]:
    probe = probe_of(record)
    main, usual = (
        main_metric(record),
        (probe.main,) if probe.main_alone or probe.main not in METRICS else tuple(METRICS),
    )
    settings = list_changes(record.setting.config)
    facts = {**asdict(record.setting), **{name: getattr(record, name) for name in _FACTS}, "settings": settings}
    folds = average_folds(record.predictions, record.multilabel)
    for name in metrics or usual:
        score = metrics.get(name)
        values = dict(zip(("value", "low", "high"), (score.value, score.low, score.high), strict=True)) if score else {}
        yield {
            **dict.fromkeys(COLUMNS),
            **facts,
            **values,
            "metric": name,
            "by_fold": round(folds[name], 9) if name in folds else None,
            "p": verdict[0] if name == main else None,
            "tie_group": verdict[1] if name == main else None,
            "seconds": round(seconds, 3),
            **list_costs(record),
            "seed": seed,
            "record": identity,
        }


#: What a row takes from the record itself.
_FACTS = ("stand_in", "method", "family", "knows", "uses_labels", "trials", "clips", "subjects", "reduced")


def _find_p(
    standing: Standing, verdicts: Mapping[tuple[str, str], Judgement], references: Sequence[str]
) -> float | None:
    """Returns the corrected p-value of the difference to the first reference that was measured, if there is one."""
    measured = {reference for _, reference in verdicts}
    first = next((name for name in references if name in measured), "")
    found = verdicts.get((standing.first.method, first))
    return round(found.p, 6) if found else None


def _flatten(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", list(value) if isinstance(value, tuple) else value
