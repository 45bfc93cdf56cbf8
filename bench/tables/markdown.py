"""Writes tables from records alone: <out>/<suite>.md for people, <out>/<suite>.csv for programs.

Equal records give equal bytes. Results under different settings never share a table. Every number links to its record.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.figures.places import confusion_place
from bench.record import Record, record_path
from bench.statistics.metrics import METRICS
from bench.suites import Suite
from bench.tables.cells import interval, name_metrics, percent, say_reason, tabulate_rows
from bench.tables.csv_rows import render_csv
from bench.tables.details import render_details
from bench.tables.facts import describe_data, describe_origin, describe_protocol
from bench.tables.leaderboard import Leaderboard, find_best, group_records, is_best, tell_knowledge
from bench.tables.matrix import cross
from bench.tables.published import PUBLISHED, SOURCES
from smile.atomic import write_text

#: Heading -> families below this heading: results without labels and results with labels stay apart.
TABLES = {
    "Floors": ("floor",),
    "Learnt without labels": ("unsupervised", "vision-language"),
    "Learnt with labels": ("supervised",),
}


def write_tables(out: Path, suite: Suite, records: Sequence[Record]) -> str:
    """Writes both tables of a suite; returns the text of the table for people."""
    text = render(suite, records)
    write_text(out / f"{suite.name}.md", text)
    write_text(out / f"{suite.name}.csv", render_csv(records))
    return text


def render(suite: Suite, records: Sequence[Record]) -> str:
    """Returns the whole document as markdown: all methods at a glance, then a section for each setting."""
    boards = group_records(suite, records)
    parts = [
        f"# {suite.name}: {suite.title}",
        f"Suite version {suite.version}. Accuracy, macro F1 and unweighted average recall (UAR) in percent, with 95 % "
        "bootstrap intervals resampled over subjects. The best of each table is bold; where clips show several "
        "classes, a floor never is. Each number links to its record, each method to its confusion matrix. Generated "
        "from records by `python -m bench.run`; not written by hand.",
        *_render_matrix(boards),
    ]
    for board in boards:
        parts += _render_board(board, suite.references)
    return "\n\n".join([*parts, *_render_missing(suite, records), *_render_published(suite)]) + "\n"


def _render_matrix(boards: Sequence[Leaderboard]) -> list[str]:
    """Returns all methods at a glance: a row for each method, a column for each setting."""
    if not any(board.scored for board in boards):
        return []
    best = [find_best(board.records) for board in boards]
    rows = [
        (
            first.title,
            tell_knowledge(first),
            _say_labels(first),
            *(_glance(one, held) for one, held in zip(row, best, strict=True)),
        )
        for first, row in cross(boards)
    ]
    columns = [f"{number}: {board.first.data_set_title}" for number, board in enumerate(boards, 1)]
    listed = [f"{number}. {board.title}" for number, board in enumerate(boards, 1)]
    what = name_metrics(boards[0].first)["accuracy"]
    about = f"{what.capitalize()} in percent. *Knows* is what pretraining is told beside images. The columns are:"
    table = tabulate_rows(rows, ("method", "knows", "uses labels", *columns))
    return ["## All methods at a glance", about, "\n".join(listed), table]


def _glance(record: Record | None, best: dict[str, float]) -> str:
    if record is None or not record.metrics:
        return "-" if record is None else "failed" if record.failed else "not suitable"
    return _link(record, percent(record.metrics["accuracy"].value), is_best(record, "accuracy", best))


def _render_board(board: Leaderboard, references: Sequence[str]) -> list[str]:
    parts = [f"## {board.heading}", describe_protocol(board.first), *describe_data(board.first)]
    if not board.scored:
        return [*parts, "Not evaluated: " + "; ".join(sorted({record.reason for record in board.records}))]
    parts += [f"![{what}: {board.title}]({place.as_posix()})" for what, place in board.overviews.items()]
    for heading, families in TABLES.items():
        rows = [record for record in board.records if record.family in families]
        if rows:
            parts += [f"### {heading}{_mark(board.first)}", _render_methods(rows)]
    return [*parts, *render_details(board.records, references), *describe_origin(board.records)]


def _render_methods(records: Sequence[Record]) -> str:
    best = find_best(records)
    rows = [
        (_name(record), record.family, tell_knowledge(record), _say_labels(record), *_cells(record, best))
        for record in records
    ]
    headings = [name_metrics(records[0])[name] for name in METRICS]
    return tabulate_rows(rows, ("method", "family", "knows", "uses labels", *headings, "seconds"))


def _cells(record: Record, best: dict[str, float]) -> list[str]:
    if not record.metrics:
        return [say_reason(record).replace("|", "\\|"), *["-"] * len(METRICS)]
    scores = [
        f"{_link(record, percent(score.value), is_best(record, name, best))} {interval(score)}"
        for name, score in ((name, record.metrics[name]) for name in METRICS)
    ]
    return [*scores, f"{record.seconds:.1f}"]


def _link(record: Record, text: str, best: bool) -> str:
    place = record_path(Path(), record.setting, record.method).as_posix()
    return f"[**{text}**]({place})" if best else f"[{text}]({place})"


def _name(record: Record) -> str:
    place = confusion_place(record)
    return f"[{record.title}]({place.as_posix()})" if place else record.title


def _say_labels(record: Record) -> str:
    return "yes" if record.uses_labels else "no"


def _mark(record: Record) -> str:
    return f" (stand-in: {record.stand_in})" if record.stand_in else ""


def _render_missing(suite: Suite, records: Sequence[Record]) -> list[str]:
    present = {record.setting.data_set for record in records}
    rows = [(title, "no data given") for key, title in suite.data_sets.items() if key not in present]
    heading = "## Data sets of this suite that were not run"
    return [heading, tabulate_rows(rows, ("data set", "result"))] if rows else []


def _render_published(suite: Suite) -> list[str]:
    """Returns numbers from the literature by year: sorting by value would rank numbers of different protocols."""
    order = ["", *suite.data_sets]
    known = [entry for entry in PUBLISHED if entry.data_set in order]
    rows = [
        (
            suite.data_sets.get(entry.data_set, "not stated"),
            entry.method,
            entry.year,
            entry.supervision,
            entry.modality,
            entry.protocol,
            entry.metric,
            "not available" if entry.value is None else f"{100 * entry.value:.2f}",
            f"[{entry.source}]({SOURCES[entry.source]})",
        )
        for entry in sorted(known, key=lambda entry: (order.index(entry.data_set), entry.year, entry.method))
    ]
    headings = ("data set", "method", "year", "supervision", "modality", "protocol", "metric", "percent", "source")
    return [
        "## From the literature",
        "Numbers of others, on licensed recordings, under protocols that differ from ours and from each other: for "
        "orientation, not ranked, not comparable with the tables above.",
        tabulate_rows(rows, headings),
    ]
