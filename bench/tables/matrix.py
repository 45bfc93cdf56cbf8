"""Arranges a whole suite at a glance: a row for each method, a column for each leaderboard."""

from __future__ import annotations

from collections.abc import Sequence

from bench.record import Record
from bench.standings import Standing
from bench.statistics.ranking import main_metric, probe_of
from bench.tables.leaderboard import Leaderboard

#: Any record of a method, and its standing in each leaderboard; None where a leaderboard lacks the method.
Line = tuple[Record, tuple[Standing | None, ...]]


def cross(boards: Sequence[Leaderboard]) -> list[Line]:
    """Returns a line for each method: the best mean score first, methods that lack a fair result below all others."""
    found: dict[str, list[Standing | None]] = {}
    for column, board in enumerate(boards):
        for standing in board.standings:
            found.setdefault(standing.first.method, [None] * len(boards))[column] = standing
    lines = [(next(filter(None, row)).first, tuple(row)) for row in found.values()]
    return sorted(lines, key=_rank_line)


def _rank_line(line: Line) -> tuple[int, float, str]:
    first, row = line
    scored = [standing for standing in row if standing and standing.metrics and not standing.grade.red]
    values = [_merit(standing) for standing in scored]
    return len(row) - len(values), -sum(values) / max(len(values), 1), first.title


def _merit(standing: Standing) -> float:
    value = standing.metrics[main_metric(standing.first)].value
    return -value if probe_of(standing.first).lower_is_better else value
