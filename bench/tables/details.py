"""Tabulates what stands below a leaderboard: differences, subgroups, and what captions tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from statistics import median

from bench.protocols.protocol import FOLDS
from bench.record import Record
from bench.standings import Standing
from bench.statistics.folds import average_folds, miss_classes
from bench.statistics.intervals import Score
from bench.tables.cells import interval, name_metric, percent, tabulate_rows
from bench.tables.costs import render_costs
from bench.tables.differences import render_differences
from bench.tables.leaderboard import is_ranked

#: Metrics that are not the same when folds are scored one by one.
_POOLED = ("macro_f1", "uar")
#: Points below which two numbers are printed alike.
SAME = 0.05


def render_details(standings: Sequence[Standing], references: Sequence[str], style: str = "pipe") -> list[str]:
    """Returns headings and tables of one setting; `style` is a format of the library tabulate."""
    records = [standing.first for standing in standings]
    parts = [*render_differences(standings, references, style), *_render_subgroups(records, style)]
    parts += [*_render_folds(standings, style), *render_costs(standings, style)]
    return [*parts, *_render_captions(records, style)]


def _render_folds(standings: Sequence[Standing], style: str) -> list[str]:
    """Returns a table of UF1 and UAR, pooled and as a mean over folds, of methods whose folds lack classes."""
    counted = [(one, pairs) for one in standings if _has_uneven_folds(one.first) and (pairs := _pair_up(one))]
    if not counted:
        return []
    names = {metric: name_metric(standings[0].first, metric) for metric in _POOLED}
    headings = [f"{name}{kind}" for name in names.values() for kind in (", pooled", ", mean of folds", ": difference")]
    rows = [(one.first.title, *_tell_pairs(pairs)) for one, pairs in counted]
    fair = {one.first.title: pairs for one, pairs in counted if is_ranked(one)}
    about = (
        "*Pooled* counts all predictions together, as MEGC does, and is the score of every other table. The *mean of "
        "folds* scores each fold by itself, and leaves out classes that do not occur there. Compare numbers of one "
        "kind only."
    )
    told = _say_differences(names, fair)
    return ["### Pooled and by fold", f"{about}{told}", tabulate_rows(rows, ("method", *headings), style)]


def _say_differences(names: Mapping[str, str], fair: Mapping[str, Mapping[str, tuple[float, float]]]) -> str:
    """Returns a sentence a metric on the methods that may lead; nothing where there are none."""
    return "".join(f" {_say_difference(name, metric, fair)}" for metric, name in names.items()) if fair else ""


def _has_uneven_folds(record: Record) -> bool:
    """Returns whether a mean over folds is another kind of number: several classes a clip, or folds that lack classes.

    More folds than ten are those of single subjects, where this is the rule.
    """
    folds = {one.fold for one in record.predictions}
    return record.multilabel or len(folds) > FOLDS or miss_classes(record.predictions)


def _pair_up(standing: Standing) -> dict[str, tuple[float, float]]:
    """Returns metric -> score pooled and by fold of a method; nothing where it has no mean over folds."""
    folds = average_folds(standing.pooled.predictions, standing.first.multilabel)
    return {name: (standing.metrics[name].value, folds[name]) for name in _POOLED if name in folds}


def _say_difference(name: str, metric: str, fair: Mapping[str, Mapping[str, tuple[float, float]]]) -> str:
    """Returns how far the two ways to count are apart, and whether they put the same method first.

    Example: "By fold, macro F1 is 4.1 points lower in the median (-9.0 to +1.2); SimCLR leads pooled, BYOL by fold."
    """
    pairs = {title: own[metric] for title, own in fair.items()}
    gaps = sorted(100 * (mean - pooled) for pooled, mean in pairs.values())
    if max(map(abs, gaps)) < SAME:
        return f"By fold, {name} is the same."
    middle = median(gaps)
    told = f"By fold, {name} is {abs(middle):.1f} points {'lower' if middle < 0 else 'higher'} in the median"
    told += f" ({gaps[0]:+.1f} to {gaps[-1]:+.1f})"
    first, second = (max(pairs, key=lambda title: pairs[title][kind]) for kind in (0, 1))
    lead = f"{first} leads either way" if first == second else f"{first} leads pooled, {second} by fold"
    return f"{told}; {lead}." if len(pairs) > 1 else f"{told}."


def _tell_pairs(pairs: Mapping[str, tuple[float, float]]) -> list[str]:
    """Returns three cells a metric: pooled, by fold, and the difference."""
    told = [(percent(one), percent(mean), f"{100 * (mean - one):+.1f}") for one, mean in pairs.values()]
    return [cell for cells in told for cell in cells]


def _render_subgroups(records: Sequence[Record], style: str) -> list[str]:
    """Returns a table for each attribute: accuracy of each method by value, and the number of subjects."""
    parts: list[str] = []
    counts = {(one.attribute, one.value): one.subjects for record in records for one in record.subgroups}
    what = name_metric(records[0], "accuracy").capitalize()
    for attribute, group in groupby(sorted(counts), key=lambda key: key[0]):
        values = [value for _, value in group]
        headings = [f"{value} ({counts[attribute, value]} subjects)" for value in values]
        rows = [_row_of_groups(record, attribute, values) for record in records if record.subgroups]
        parts += [f"### {what} by {attribute}", tabulate_rows(rows, ("method", *headings), style)]
    return parts


def _row_of_groups(record: Record, attribute: str, values: Sequence[str]) -> tuple[str, ...]:
    scores = {one.value: one.accuracy for one in record.subgroups if one.attribute == attribute}
    return (record.title, *(_value(scores[value]) if value in scores else "-" for value in values))


def _value(score: Score) -> str:
    return f"{percent(score.value)} {interval(score)}"


def _render_captions(records: Sequence[Record], style: str) -> list[str]:
    """Returns a table of how much the captions of each method with text reveal of the labels, in percent."""
    rows = [
        (
            record.title,
            f"{audit.distinct} of {audit.clips}",
            percent(audit.information),
            percent(audit.adjusted),
            "-" if audit.accuracy is None else percent(audit.accuracy),
        )
        for record in records
        if (audit := record.captions)
    ]
    headings = ("method", "captions", "mutual information", "adjusted", "labels from captions alone")
    about = (
        "How much of the labels the pretraining captions hold: normalised mutual information (all different captions "
        "have some of it by chance; adjusted, they have none), and the accuracy of a linear classifier that sees the "
        "captions' phrases alone and is taught by other subjects."
    )
    return ["### What the captions tell", about, tabulate_rows(rows, headings, style)] if rows else []
