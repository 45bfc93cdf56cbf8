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
#: Lines that an eye can follow. With more, the best of each family keep their colour, and the others turn grey.
_FOLLOWED = 18
_BEST = 2
_GREY = "0.75"


def draw_few_labels(path: Path, title: str, standings: Sequence[Standing]) -> Path | None:
    """Draws the curves of all methods under one protocol and condition; in the order given, which is that of ranks.

    The last point is the linear probe that all subjects teach. Bands are 95 % intervals over subjects and seeds.
    Returns None where the image at `path` already shows the same content.
    """
    curves = [(standing.first.title, standing.first.family, _list_points(standing)) for standing in standings]
    mark = mark_content(curves, title)
    if read_mark(path) == mark:
        return None
    named = _choose_named([family for _, family, _ in curves])
    _, axes = open_canvas(9.5, 1.6 + max(3.6, 0.27 * (len(named) + 1)))
    colours = colour_families()
    drawn: dict[str, int] = {}
    for number, (name, family, points) in enumerate(curves):
        places, values, lows, highs = zip(*points, strict=True)
        if number not in named:
            axes.plot(places, values, color=_GREY, linewidth=0.8, zorder=1)
            continue
        style = _STYLES[drawn.get(family, 0) % len(_STYLES)]
        drawn[family] = drawn.get(family, 0) + 1
        axes.plot(places, values, color=colours[family], linestyle=style, marker="o", markersize=3, label=name)
        axes.fill_between(places, lows, highs, color=colours[family], alpha=0.06, linewidth=0)
    if len(named) < len(curves):
        axes.plot([], [], color=_GREY, linewidth=0.8, label=f"{len(curves) - len(named)} other methods")
    _label(axes, sorted({place for _, _, points in curves for place, *_ in points}), title)
    return save_canvas(path, axes, mark)


def _choose_named(families: Sequence[str]) -> set[int]:
    """Returns which curves have a name: all, or the first of each family where an eye could not follow all."""
    if len(families) <= _FOLLOWED:
        return set(range(len(families)))
    return {number for number, family in enumerate(families) if families[:number].count(family) < _BEST}


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
