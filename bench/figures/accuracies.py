"""Draws the accuracies of all methods of one leaderboard, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.figures.canvas import (
    MARKERS,
    colour_families,
    mark_content,
    name_width,
    open_canvas,
    read_mark,
    save_canvas,
    write_title,
)
from bench.standings import Standing
from bench.statistics.intervals import Score
from bench.statistics.ranking import main_metric, probe_of
from bench.tables.cells import name_metric


def draw_accuracies(path: Path, title: str, standings: Sequence[Standing]) -> Path | None:
    """Draws one row for each method, in the order given, in the colour of the method's family.

    The axis shows what lies between the methods that learn; a floor far below is an arrow with its number.
    Returns None where the image at `path` already shows the same content.
    """
    shown = [(one.first.title, one.first.family, *vars(main_score(one)).values()) for one in standings]
    mark = mark_content(title, shown)
    if read_mark(path) == mark:
        return None
    names = [standing.first.title for standing in standings]
    _, axes = open_canvas(5.6 + name_width(names), 1.3 + 0.34 * len(standings))
    low, high = find_frame(standings)
    outside = [_draw_row(axes, row, standing, low) for row, standing in enumerate(standings)]
    axes.set_yticks(range(len(standings)), names)
    axes.set(xlim=(low, high), ylim=(len(standings) - 0.4, -0.6))
    more = "\n(an arrow: a floor left of this frame)" if any(outside) else ""
    lower = "; lower is better" if probe_of(standings[0].first).lower_is_better else ""
    axes.set_xlabel(f"{name_main(standings)}, percent, 95 % over subjects{lower}{more}")
    entries = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend(entries.values(), entries.keys(), loc="upper left", bbox_to_anchor=(1, 1), fontsize="small")
    axes.grid(axis="x", alpha=0.3)
    write_title(axes, title)
    return save_canvas(path, axes, mark)


def main_score(standing: Standing) -> Score:
    """Returns the score by which a method is ranked."""
    return standing.metrics[main_metric(standing.first)]


def name_main(standings: Sequence[Standing]) -> str:
    """Returns the printed name of the score by which these methods are ranked."""
    return name_metric(standings[0].first, main_metric(standings[0].first))


def find_frame(standings: Sequence[Standing]) -> tuple[float, float]:
    """Returns the ends of the axis in percent: all intervals of methods that learn, and a little air."""
    scores = [main_score(standing) for standing in standings]
    learnt = [main_score(standing) for standing in standings if standing.first.family != "floor"] or scores
    low, high = 100 * min(score.low for score in learnt), 100 * max(score.high for score in scores)
    air = max(1.0, 0.06 * (high - low))
    return max(-0.5, low - air), min(100.5, high + air)


def _draw_row(axes: Any, row: int, standing: Standing, left: float) -> bool:
    """Draws a method; returns whether it lies left of the frame."""
    family, score = standing.first.family, main_score(standing)
    colour = colour_families()[family]
    if 100 * score.value < left:
        axes.annotate(
            f"{100 * score.value:.1f}",
            (0.005, row),
            (0.05, row),
            ("axes fraction", "data"),
            color=colour,
            va="center",
            arrowprops={"arrowstyle": "->", "color": colour},
        )
        return True
    axes.plot([100 * score.low, 100 * score.high], [row, row], color=colour, linewidth=2)
    axes.plot(100 * score.value, row, MARKERS[family], color=colour, label=family)
    return False
