"""Draws how accuracy grows with the number of labelled subjects, one line for each method."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.figures.canvas import (
    colour_families,
    mark_content,
    open_canvas,
    read_mark,
    save_canvas,
    write_title,
)
from bench.standings import Standing

#: Line styles for the methods of one family, whose colour they share.
_STYLES = ("-", "--", ":", "-.", (0, (1, 1)), (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 4)))


def draw_few_labels(path: Path, title: str, standings: Sequence[Standing]) -> Path | None:
    """Draws the curves of all methods under one protocol and condition; in the order given.

    The last point is the linear probe that all subjects teach. Bands are 95 % intervals over subjects and seeds.
    Returns None where the image at `path` already shows the same content.
    """
    curves = [(standing.first.title, standing.first.family, _list_points(standing)) for standing in standings]
    mark = mark_content(curves, title)
    if read_mark(path) == mark:
        return None
    _, axes = open_canvas(9.5, 1.6 + max(3.6, 0.27 * len(curves)))
    colours = colour_families()
    drawn: dict[str, int] = {}
    for name, family, points in curves:
        style = _STYLES[drawn.get(family, 0) % len(_STYLES)]
        drawn[family] = drawn.get(family, 0) + 1
        places, values, lows, highs = zip(*points, strict=True)
        axes.plot(places, values, color=colours[family], linestyle=style, marker="o", markersize=3, label=name)
        axes.fill_between(places, lows, highs, color=colours[family], alpha=0.06, linewidth=0)
    _label(axes, sorted({place for _, _, points in curves for place, *_ in points}), title)
    return save_canvas(path, axes, mark)


def _list_points(standing: Standing) -> list[tuple[int, float, float, float]]:
    """Returns (labelled subjects, accuracy, low, high) of each point, in percent."""
    found = []
    for tally in standing.first.tallies:
        score = standing.metrics[tally.metric]
        found.append((tally.labelled, 100 * score.value, 100 * score.low, 100 * score.high))
    return found


def _label(axes: Any, places: Sequence[int], title: str) -> None:
    axes.set_xscale("log")
    axes.set_xticks(places, [str(place) for place in places])
    axes.minorticks_off()
    axes.set(xlabel="labelled subjects", ylabel="accuracy, percent")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize="small", handlelength=3)
    axes.grid(alpha=0.3)
    write_title(axes, title)
