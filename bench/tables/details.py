"""Tabulates what stands below a leaderboard: differences on the same clips, subgroups, and what captions tell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from bench.record import Record
from bench.statistics.intervals import Score
from bench.statistics.pairing import compare_methods
from bench.tables.cells import interval, name_metrics, percent, tabulate_rows


def render_details(records: Sequence[Record], references: Sequence[str], style: str = "pipe") -> list[str]:
    """Returns headings and tables of one setting; `style` is a format of the library tabulate."""
    parts = [*_render_pairs(records, references, style), *_render_subgroups(records, style)]
    return [*parts, *_render_captions(records, style)]


def tell_gain(gain: Score | None) -> str:
    """Returns a difference in points with its interval and verdict, e.g. "+4.6 [+2.4, +7.1], better"."""
    if gain is None:
        return "-"
    verdict = "better" if gain.low > 0 else "worse" if gain.high < 0 else "not told apart"
    return f"{100 * gain.value:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}], {verdict}"


def _render_pairs(records: Sequence[Record], references: Sequence[str], style: str) -> list[str]:
    """Compares every method with the references clip by clip; the largest gain over the first reference comes first."""
    found = {record.method: record for record in records if record.metrics}
    held = [found[name] for name in references if name in found]
    gains = {record.title: [_gain(record, other) for other in held] for record in records}
    ranked = sorted(filter(lambda title: any(gains[title]), gains), key=lambda title: _rank_gains(gains[title]))
    rows = [(title, *map(tell_gain, gains[title])) for title in ranked]
    about = (
        "Accuracy less that of another method, on the same clips, with the 95 % interval of the difference (paired "
        "bootstrap over subjects). An interval that holds zero tells nothing apart. The seed of the training is not "
        "among what is resampled."
    )
    table = tabulate_rows(rows, ("method", *(f"less {record.title}" for record in held)), style)
    return ["### Differences on the same clips", about, table] if rows else []


def _gain(record: Record, other: Record) -> Score | None:
    """Returns how much better a method is than another; None for the same method, or where the clips differ."""
    return None if record is other else compare_methods(record.predictions, other.predictions, other.setting.seed)


def _rank_gains(gains: Sequence[Score | None]) -> list[float]:
    """Returns a key that puts the largest gain first."""
    return [0.0 if gain is None else -gain.value for gain in gains]


def _render_subgroups(records: Sequence[Record], style: str) -> list[str]:
    """Returns a table for each attribute: accuracy of each method by value, and the number of subjects."""
    parts: list[str] = []
    counts = {(one.attribute, one.value): one.subjects for record in records for one in record.subgroups}
    what = name_metrics(records[0])["accuracy"].capitalize()
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
