"""Draws the accuracies of all methods of one leaderboard, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.figures.canvas import (
    MARKERS,
    colour_families,
    mark_content,
    open_canvas,
    read_mark,
    save_canvas,
    write_title,
)
from bench.record import Record


def draw_accuracies(path: Path, title: str, records: Sequence[Record]) -> Path | None:
    """Draws one row for each method, in the order given, in the colour of the method's family.

    The axis shows what lies between the methods that learn; a floor far below is an arrow with its number.
    Returns None where the image at `path` already shows the same content.
    """
    mark = mark_content(title, [(r.title, r.family, *vars(r.metrics["accuracy"]).values()) for r in records])
    if read_mark(path) == mark:
        return None
    _, axes = open_canvas(9, 1.3 + 0.34 * len(records))
    low, high = find_frame(records)
    outside = [_draw_row(axes, row, record, low) for row, record in enumerate(records)]
    axes.set_yticks(range(len(records)), [record.title for record in records])
    axes.set(xlim=(low, high), ylim=(len(records) - 0.4, -0.6))
    more = "\n(an arrow: a floor left of this frame)" if any(outside) else ""
    axes.set_xlabel(f"accuracy, percent, 95 % over subjects{more}")
    entries = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend(entries.values(), entries.keys(), loc="upper left", bbox_to_anchor=(1, 1), fontsize="small")
    axes.grid(axis="x", alpha=0.3)
    write_title(axes, title)
    return save_canvas(path, axes, mark)


def find_frame(records: Sequence[Record]) -> tuple[float, float]:
    """Returns the ends of the axis in percent: all intervals of methods that learn, and a little air."""
    scores = [record.metrics["accuracy"] for record in records]
    learnt = [record.metrics["accuracy"] for record in records if record.family != "floor"] or scores
    low, high = 100 * min(score.low for score in learnt), 100 * max(score.high for score in scores)
    air = max(1.0, 0.06 * (high - low))
    return max(-0.5, low - air), min(100.5, high + air)


def _draw_row(axes: Any, row: int, record: Record, left: float) -> bool:
    """Draws a method; returns whether it lies left of the frame."""
    score, colour, marker = record.metrics["accuracy"], colour_families()[record.family], MARKERS[record.family]
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
    axes.plot(100 * score.value, row, marker, color=colour, label=record.family)
    return False
