"""Draws a critical-difference diagram: mean ranks of methods over data sets, bars where methods are not told apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.figures.canvas import mark_content, name_width, open_canvas, read_mark, save_canvas, write_title
from bench.statistics.ranks import Ranking


def draw_critical(path: Path, title: str, ranking: Ranking, titles: Mapping[str, str]) -> Path | None:
    """Draws a row for each method, the best first, and beside the rows a bar for each group that is not told apart.

    `titles` is method -> printed name. Returns None where the image at `path` already shows the same content.
    """
    mark = mark_content(title, ranking, tuple(titles.items()))
    if read_mark(path) == mark:
        return None
    names, count = [titles[name] for name in ranking.methods], len(ranking.methods)
    _, axes = open_canvas(4.6 + name_width(names) + 0.25 * len(ranking.cliques), 1.5 + 0.34 * count)
    for row, rank in enumerate(ranking.ranks):
        axes.plot([1, rank], [row, row], color="0.85", linewidth=1, zorder=1)
        axes.plot(rank, row, "o", color="black", zorder=2)
        axes.annotate(f"{rank:.2f}", (rank, row), (7, 0), textcoords="offset points", va="center", fontsize="small")
    _draw_cliques(axes, ranking, count)
    axes.set_yticks(range(count), names)
    axes.set(xlim=(0.8, count + 0.8 + 0.5 * len(ranking.cliques)), ylim=(count - 0.4, -0.6))
    axes.set_xlabel(f"mean rank over {ranking.data_sets} data sets, 1 is best; a bar joins what is not told apart")
    axes.grid(axis="x", alpha=0.3)
    write_title(axes, title)
    return save_canvas(path, axes, mark)


def _draw_cliques(axes: Any, ranking: Ranking, count: int) -> None:
    for number, clique in enumerate(ranking.cliques):
        rows = [ranking.methods.index(name) for name in clique]
        place = count + 0.8 + 0.5 * number
        axes.plot([place, place], [min(rows) - 0.25, max(rows) + 0.25], color="black", linewidth=4)
