"""Writes tables from records alone: <out>/<suite>.md for people, <out>/<suite>.csv for programs.

Equal records give equal bytes. Results under different settings never share a table. Every number links to its record.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.figures.places import confusion_place
from bench.figures.robustness import group_conditions
from bench.record import Record, record_path
from bench.standings import Standing
from bench.statistics.ranking import main_metric
from bench.suites import Suite
from bench.suites.table import TITLES
from bench.tables.audit import render_grades, show_grade
from bench.tables.cells import interval, name_metric, percent, say_reason, tabulate_rows, tell_stand_in
from bench.tables.csv_rows import render_csv
from bench.tables.details import render_details
from bench.tables.facts import describe_data, describe_names, describe_origin, describe_protocol
from bench.tables.leaderboard import Leaderboard, find_leaders, group_records, is_best, list_metrics
from bench.tables.literature.beside import list_compared, render_beside, tell_published
from bench.tables.literature.published import PUBLISHED
from bench.tables.matrix import cross
from smile.atomic import write_text

#: Heading -> families below this heading: results without labels and results with labels stay apart.
TABLES = {
    "Floors": ("floor", "handcrafted"),
    "Controls: numbers instead of sentences": ("control",),  # above what they may explain
    "Learnt without labels": ("unsupervised", "vision-language"),
    "Saved models": ("pretrained",),
    "Learnt with labels": ("supervised",),
}


def write_tables(out: Path, suite: Suite, records: Sequence[Record]) -> str:
    """Writes both tables of a suite; returns the text of the table for people."""
    text = render(suite, records)
    write_text(out / f"{suite.name}.md", text)
    write_text(out / f"{suite.name}.csv", render_csv(records, suite.references))
    return text


def render(suite: Suite, records: Sequence[Record]) -> str:
    """Returns the whole document as markdown: all methods at a glance, then a section for each setting."""
    boards = group_records(suite, records)
    parts = [
        f"# {suite.name}: {suite.title}",
        f"Suite version {suite.version}. Accuracy, macro F1 and unweighted average recall (UAR) in percent, with 95 % "
        "bootstrap intervals resampled over subjects. The best of each table is bold; where clips show several "
        "classes, a floor never is. A *tie group* holds its best method and all that are not told apart from "
        "that one, on the same clips and after Holm's correction; the best of the others heads the next group. "
        "*Trials* are the settings among which `tune` chose those of a row, on people whom no table tests; 0 means the "
        "defaults, which are its paper's where it states them. "
        "Each number links to its record, each method to its confusion matrix. Generated "
        "from records by `python -m bench.run`; not written by hand.",
    ]
    warnings = [line for board in boards for line in describe_names([one.first for one in board.standings])]
    parts += [*dict.fromkeys(warnings), *_render_matrix(boards)]
    for board in boards:
        parts += _render_board(board, suite.references)
    parts += [*_render_missing(suite, records), *render_beside(boards), *_render_published(suite, boards)]
    return "\n\n".join(parts) + "\n"


def _render_matrix(boards: Sequence[Leaderboard]) -> list[str]:
    """Returns all methods at a glance: a row for each method, a column for each setting."""
    if not any(board.scored for board in boards):
        return []
    best = [find_leaders(board.standings) for board in boards]
    rows = [
        (
            first.title,
            first.knows,
            _say_labels(first),
            *(_glance(one, held, board.tied) for one, held, board in zip(row, best, boards, strict=True)),
        )
        for first, row in cross(boards)
    ]
    columns = [f"{number}: {board.first.data_set_title}" for number, board in enumerate(boards, 1)]
    listed = [f"{number}. {board.title}" for number, board in enumerate(boards, 1)]
    what = " or ".join(dict.fromkeys(name_metric(one.first, main_metric(one.first)) for one in boards))
    about = (
        f"{what.capitalize()} in percent; = marks what is not told apart from the best (on the same clips, after "
        "Holm's correction). *Knows* is what pretraining is told beside images. The columns are:"
    )
    table = tabulate_rows(rows, ("method", "knows", "uses labels", *columns))
    pictures = [
        f"![by condition: {group[0].first.data_set_title}]({place.as_posix()})"
        for place, group in group_conditions(boards).items()
    ]
    return ["## All methods at a glance", about, "\n".join(listed), table, *pictures]


def _glance(standing: Standing | None, best: dict[str, float], tied: frozenset[str]) -> str:
    if standing is None or not standing.metrics:
        return "-" if standing is None else "failed" if standing.first.failed else "not suitable"
    shown = _link(standing, main_metric(standing.first), best)
    if standing.grade.red:
        return f"{shown} (red)"
    return f"{shown} =" if standing.first.method in tied and "**" not in shown else shown


def _render_board(board: Leaderboard, references: Sequence[str]) -> list[str]:
    parts = [f"## {board.heading}", describe_protocol(board.first), *describe_data(board.first)]
    if not board.scored:
        return [*parts, "Not evaluated: " + "; ".join(sorted({one.first.reason for one in board.standings}))]
    parts += [f"![{what}: {board.title}]({place.as_posix()})" for what, place in board.overviews.items()]
    mark = tell_stand_in(board.first)
    for heading, families in TABLES.items():
        rows = [standing for standing in board.standings if standing.first.family in families]
        if rows:
            parts += [f"### {heading}{mark}", _render_methods(rows, board)]
    parts += render_grades(board.standings)
    return [*parts, *render_details(board.standings, references), *describe_origin(board.standings)]


def _render_methods(standings: Sequence[Standing], board: Leaderboard) -> str:
    best, names, first = find_leaders(standings), list_metrics(standings), standings[0].first
    several = len(board.seeds) > 1
    rows = [
        (
            _name(one),
            one.first.family,
            one.first.knows,
            _say_labels(one.first),
            str(one.first.trials),
            show_grade(one) if one.metrics else "-",
            str(board.tie_groups.get(one.first.method, "-")),
            *_cells(one, names, best),
            *[_link_seeds(one)] * several,
        )
        for one in standings
    ]
    headings = [*(name_metric(first, name) for name in names), "seconds", *["seeds"] * several]
    return tabulate_rows(rows, ("method", "family", "knows", "uses labels", "trials", "audit", "tie group", *headings))


def _cells(standing: Standing, names: Sequence[str], best: dict[str, float]) -> list[str]:
    if not standing.metrics:
        return [say_reason(standing.first), *["-"] * len(names)]
    scores = [
        f"{_link(standing, name, best)} {interval(standing.metrics[name])}" if name in standing.metrics else "-"
        for name in names
    ]
    return [*scores, f"{standing.seconds:.1f}"]


def _link(standing: Standing, metric: str, best: dict[str, float]) -> str:
    """Returns a number that links to its record; to that of the first seed, where it is the mean of several."""
    value = percent(standing.metrics[metric].value)
    text = f"**{value}**" if is_best(standing, metric, best) else value
    return f"[{text}]({_place(standing.first)})"


def _link_seeds(standing: Standing) -> str:
    return " ".join(f"[{record.setting.seed}]({_place(record)})" for record in standing.records)


def _place(record: Record) -> str:
    return record_path(Path(), record.setting, record.method).as_posix()


def _name(standing: Standing) -> str:
    place = confusion_place(standing)
    return f"[{standing.first.title}]({place.as_posix()})" if place else standing.first.title


def _say_labels(record: Record) -> str:
    return "yes" if record.uses_labels else "no"


def _render_missing(suite: Suite, records: Sequence[Record]) -> list[str]:
    present = {record.setting.data_set for record in records}
    rows = [(title, "no data given") for key, title in suite.data_sets.items() if key not in present]
    heading = "## Data sets of this suite that were not run"
    return [heading, tabulate_rows(rows, ("data set", "result"))] if rows else []


def _render_published(suite: Suite, boards: Sequence[Leaderboard]) -> list[str]:
    """Returns numbers from the literature by year, apart from ours: of data sets without recordings here."""
    beside, order = list_compared(boards), ["", *suite.data_sets]
    order += [key for board in boards if (key := board.first.setting.data_set) not in order]
    known = [entry for entry in PUBLISHED if entry.data_set in order and entry.data_set not in beside]
    rows = [
        (TITLES.get(entry.data_set, "not stated"), *tell_published(entry))
        for entry in sorted(known, key=lambda entry: (order.index(entry.data_set), entry.year, entry.method))
    ]
    headings = ("data set", "method", "year", "supervision", "modality", "protocol", "metric", "percent", "source")
    return [
        "## From the literature",
        "Numbers of others, on licensed recordings, under protocols that differ from ours and from each other: for "
        "orientation, not ranked, not comparable with the tables above.",
        tabulate_rows(rows, headings),
    ]
