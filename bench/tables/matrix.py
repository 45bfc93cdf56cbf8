"""Tabulates a whole suite at a glance: a row for each method, a column for each leaderboard."""

from __future__ import annotations

from collections.abc import Sequence

from bench.record import Record
from bench.tables.leaderboard import Leaderboard

#: method, and its record in each leaderboard; None where a leaderboard lacks the method.
Line = tuple[Record, tuple[Record | None, ...]]


def cross(boards: Sequence[Leaderboard]) -> list[Line]:
    """Returns a line for each method: the best mean accuracy first, methods that lack a result below all others."""
    found: dict[str, list[Record | None]] = {}
    for column, board in enumerate(boards):
        for record in board.records:
            found.setdefault(record.method, [None] * len(boards))[column] = record
    lines = [(next(filter(None, row)), tuple(row)) for row in found.values()]
    return sorted(lines, key=_rank_line)


def _rank_line(line: Line) -> tuple[int, float, str]:
    first, row = line
    values = [record.metrics["accuracy"].value for record in row if record and record.metrics]
    return len(row) - len(values), -sum(values) / max(len(values), 1), first.title
