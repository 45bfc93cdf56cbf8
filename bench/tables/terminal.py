"""Prints leaderboards on a terminal: at most WIDTH columns, the best method first, no marks of markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from bench.record import Record
from bench.standings import Standing
from bench.suites import Suite
from bench.tables.audit import tell_grades
from bench.tables.cells import interval, name_metric, percent, say_reason
from bench.tables.details import render_details
from bench.tables.facts import count_clips, describe_origin
from bench.tables.leaderboard import Leaderboard, find_leaders, group_records, is_best, list_metrics

#: Most columns of a line, and of a method's title.
WIDTH, TITLE = 100, 36

_LEGEND = (
    "Percent, the first score with its 95 % interval over subjects. * the best of a column; = not told apart from the "
    "best (same clips, after Holm); -- not ranked, as its audit is red. The number is the group of ties: its first "
    "method heads it, and no other in it is told apart from that one. Knows: what pretraining is told beside images. "
    "A floor learns nothing, and a method that knows labels is no rival of others."
)


def print_leaderboards(suite: Suite, records: Sequence[Record], verbose: bool = False) -> str:
    """Returns one leaderboard for each setting, as text; `verbose` puts differences, audits and commands above it."""
    parts: list[str] = []
    for board in group_records(suite, records):
        details = [*render_details(board.standings, suite.references, "simple"), *describe_origin(board.standings)]
        parts += [*(details if verbose and board.scored else ()), _print_board(board)]
    return "\n\n".join([*parts, "\n".join(textwrap.wrap(_LEGEND, WIDTH))])


def _print_board(board: Leaderboard) -> str:
    head = [line for text in (board.heading, _describe(board.first)) for line in textwrap.wrap(text, WIDTH)]
    if not board.scored:
        reasons = "; ".join(sorted({say_reason(standing.first) for standing in board.standings}))
        return "\n".join([*head, *textwrap.wrap(f"Not evaluated: {reasons}", WIDTH)])
    best, names = find_leaders(board.standings), _choose_metrics(board)
    rows = [_print_row(one, names, best, board) for one in board.standings]
    told = [line for said in tell_grades(board.standings) for line in textwrap.wrap(f"Audit, {said}", WIDTH)]
    return "\n".join([*head, "", _print_headings(board.first, names), "-" * WIDTH, *rows, *told])


def _choose_metrics(board: Leaderboard) -> list[str]:
    """Returns the metric that ranks, and the two others that fit beside it: of a curve, its ends."""
    main, *others = list_metrics(board.scored)
    return [main, *(others if len(others) < 3 else [others[0], others[-1]])]


def _describe(record: Record) -> str:
    facts = (
        f"Protocol: {record.protocol_title}",
        f"made faces ({record.stand_in}), no recordings" if record.stand_in else "",
        f"reduced to {record.reduced}: not the protocol's result" if record.reduced else "",
        count_clips(record) if record.clips else "",
    )
    return "; ".join(filter(None, facts)) + "."


def _print_headings(record: Record, names: Sequence[str]) -> str:
    main, *others = (name_metric(record, name).removeprefix("macro ").removeprefix("accuracy@") for name in names)
    beside = "".join(f" {name:>5} " for name in others)
    return f"{'':>2} {'method':<{TITLE}} {'knows':<15}  {main:<20}{beside:<14} {'time':>7}"


def _print_row(standing: Standing, names: Sequence[str], best: dict[str, float], board: Leaderboard) -> str:
    first, metrics = standing.first, standing.metrics
    place = "--" if standing.metrics and standing.grade.red else board.tie_groups.get(first.method, "-")
    start = f"{place:>2} {_cut(first.title, TITLE):<{TITLE}} {_cut(first.knows, 15):<15} "
    if not metrics:
        return start + _cut(say_reason(first), WIDTH - len(start))
    main, *others = (
        percent(metrics[name].value) + ("*" if is_best(standing, name, best) else " ") if name in metrics else "- "
        for name in names
    )
    main = main.replace(" ", "=") if first.method in board.tied else main
    beside = "".join(f" {value:>6}" for value in others)
    return f"{start}{main:>6} {interval(metrics[names[0]]):<14}{beside:<14} {_tell_time(standing.seconds):>7}"


def _tell_time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.0f} h"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
