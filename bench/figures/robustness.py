"""Draws what is left of each method's main number under every condition, as a table in colours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.examiner import CLEAN
from bench.figures.accuracies import main_score, name_main
from bench.figures.canvas import (
    mark_content,
    name_stand_in,
    name_width,
    open_canvas,
    read_mark,
    save_canvas,
    write_title,
)
from bench.figures.places import figure_folder
from bench.tables.leaderboard import Leaderboard


def group_conditions(boards: Sequence[Leaderboard]) -> dict[Path, list[Leaderboard]]:
    """Returns place of the figure, relative to the results folder -> leaderboards that differ in condition alone."""
    found: dict[Path, list[Leaderboard]] = {}
    for board in boards:
        folder = figure_folder(board.first)
        if board.fair and board.alone:
            found.setdefault(folder.parents[1] / f"{folder.name}.png", []).append(board)
    return {place: group for place, group in found.items() if len(group) > 1}


def draw_robustness(path: Path, boards: Sequence[Leaderboard]) -> Path | None:
    """Draws one row for each method, the best on clean faces first, and one column for each condition.

    A cell without a result stays white. Returns None where the image at `path` already shows the same content.
    """
    found: dict[str, dict[str, float]] = {}
    for board in boards:
        for one in board.fair:
            found.setdefault(one.first.title, {})[board.first.setting.condition] = 100 * main_score(one).value
    ranked = sorted(found, key=lambda title: (-found[title].get(CLEAN, 0.0), title))
    columns = sorted({board.first.setting.condition for board in boards}, key=lambda name: (name != CLEAN, name))
    values = np.array([[found[title].get(name, np.nan) for name in columns] for title in ranked])
    first = boards[0].first
    what = f"{first.setting.probe.replace('_', ' ')}, {name_main(boards[0].fair)}, percent, by what is done to faces"
    title = f"{what}\n{name_stand_in(first)}, {first.setting.protocol}"
    mark = mark_content(values.tolist(), ranked, columns, title)
    if read_mark(path) == mark:
        return None
    seaborn, axes = open_canvas(max(0.8 + name_width(ranked) + 1.05 * len(columns), 7), 1.9 + 0.34 * len(ranked))
    names = [name.replace("_", "\n") for name in columns]
    options = {"annot": True, "fmt": ".1f", "cmap": "viridis", "vmin": 0, "vmax": 100, "cbar": False}
    seaborn.heatmap(values, xticklabels=names, yticklabels=ranked, ax=axes, **options)
    axes.tick_params(axis="x", rotation=0)
    write_title(axes, title)
    return save_canvas(path, axes, mark)
