"""Prints leaderboards on a terminal: at most WIDTH columns, the best method first, no marks of markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from bench.record import Record
from bench.statistics.metrics import METRICS
from bench.suites import Suite
from bench.tables.cells import interval, name_metrics, percent, say_reason
from bench.tables.details import render_details
from bench.tables.facts import count_clips, describe_origin
from bench.tables.leaderboard import Leaderboard, find_best, group_records, is_best, tell_knowledge

#: Most columns of a line, and of a method's title.
WIDTH, TITLE = 100, 36

_LEGEND = (
    "Percent, accuracy with its 95 % interval over subjects; * marks the best of a column. Knows: what pretraining is "
    "told beside images. A floor learns nothing, and a method that knows labels is no rival of others."
)


def print_leaderboards(suite: Suite, records: Sequence[Record], verbose: bool = False) -> str:
    """Returns one leaderboard for each setting, as text; `verbose` puts differences, audits and commands above it."""
    parts: list[str] = []
    for board in group_records(suite, records):
        details = [*render_details(board.records, suite.references, "simple"), *describe_origin(board.records)]
        parts += [*(details if verbose and board.scored else ()), _print_board(board)]
    return "\n\n".join([*parts, "\n".join(textwrap.wrap(_LEGEND, WIDTH))])


def _print_board(board: Leaderboard) -> str:
    head = [line for text in (board.heading, _describe(board.first)) for line in textwrap.wrap(text, WIDTH)]
    if not board.scored:
        reasons = "; ".join(sorted({say_reason(record) for record in board.records}))
        return "\n".join([*head, *textwrap.wrap(f"Not evaluated: {reasons}", WIDTH)])
    best = find_best(board.records)
    rows = [_print_row(number, record, best) for number, record in enumerate(board.records, 1)]
    return "\n".join([*head, "", _print_headings(board.first), "-" * WIDTH, *rows])


def _describe(record: Record) -> str:
    facts = (
        f"Protocol: {record.protocol_title}",
        f"made faces ({record.stand_in}), no recordings" if record.stand_in else "",
        f"reduced to {record.reduced}: not the protocol's result" if record.reduced else "",
        count_clips(record) if record.clips else "",
    )
    return "; ".join(filter(None, facts)) + "."


def _print_headings(record: Record) -> str:
    accuracy, f1, uar = (name_metrics(record)[name].removeprefix("macro ") for name in METRICS)
    return f"{'':>2} {'method':<{TITLE}} {'knows':<15}  {accuracy:<20} {f1:>5}  {uar:>5}  {'time':>6}"


def _print_row(number: int, record: Record, best: dict[str, float]) -> str:
    start = f"{number:>2} {_cut(record.title, TITLE):<{TITLE}} {_cut(tell_knowledge(record), 15):<15} "
    if not record.metrics:
        return start + _cut(say_reason(record), WIDTH - len(start))
    accuracy, f1, uar = (
        percent(record.metrics[name].value) + ("*" if is_best(record, name, best) else " ") for name in METRICS
    )
    return f"{start}{accuracy:>6} {interval(record.metrics['accuracy']):<14} {f1:>6} {uar:>6} {_tell_time(record):>7}"


def _tell_time(record: Record) -> str:
    seconds = record.seconds
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.0f} h"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
