"""Draws all figures of a suite: a confusion matrix for each method, and what compares the methods of a leaderboard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.figures.accuracies import draw_accuracies
from bench.figures.confusion import draw_confusion, draw_difference
from bench.figures.costs import draw_costs
from bench.figures.few_labels import draw_few_labels
from bench.figures.places import confusion_place
from bench.figures.recalls import draw_recalls
from bench.figures.robustness import draw_robustness, group_conditions
from bench.record import Record
from bench.suites import Suite
from bench.tables.leaderboard import Leaderboard, group_records

#: Name of a figure that shows a whole leaderboard -> what draws it.
OVERVIEWS = {"accuracy": draw_accuracies, "curves": draw_few_labels, "recall": draw_recalls, "cost": draw_costs}


def draw_figures(out: Path, suite: Suite, records: Sequence[Record]) -> list[Path]:
    """Draws each missing or outdated figure below <out>/figures; returns the paths of new figures."""
    boards = group_records(suite, records)
    drawn = [path for board in boards for path in _draw_board(out, board)]
    drawn += [draw_robustness(out / place, group) for place, group in group_conditions(boards).items()]
    return [path for path in drawn if path is not None]


def _draw_board(out: Path, board: Leaderboard) -> Iterator[Path | None]:
    for standing in board.scored:
        if place := confusion_place(standing):
            yield draw_confusion(out / place, standing)
    for name, place in board.overviews.items():
        if name in OVERVIEWS:
            yield OVERVIEWS[name](out / place, board.title, board.fair)
        else:
            yield draw_difference(out / place, *board.rivals)
