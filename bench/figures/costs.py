"""Draws what accuracy costs: the accuracy of every method over the seconds that it took, and over its operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from bench.figures.accuracies import find_frame, main_score, name_main
from bench.figures.canvas import (
    MARKERS,
    colour_families,
    mark_content,
    open_canvas,
    read_mark,
    save_canvas,
    write_title,
)
from bench.standings import Standing

#: Title, family, score, seconds, and GFLOPs of one clip; zero where torch computes nothing.
Spot = tuple[str, str, float, float, float]


def draw_costs(path: Path, title: str, standings: Sequence[Standing]) -> Path | None:
    """Draws a numbered point for each method that is not far below all that learn; the legend names the numbers.

    Seconds are those of fit, embedding and probes, on the machine of the record. Operations are those that embed one
    clip, the same on every machine; a method that needs none of torch has no point there. Both axes are logarithmic.
    Returns None where the image at `path` already shows the same content.
    """
    low, high = find_frame(standings)
    shown: list[Spot] = [
        (
            one.first.title,
            one.first.family,
            main_score(one).value,
            round(max(one.seconds, 0.05), 2),
            float(f"{one.first.cost.gflops:.3g}") if one.first.cost else 0.0,
        )
        for one in standings
        if 100 * main_score(one).value >= low
    ]
    mark = mark_content(title, shown)
    if read_mark(path) == mark:
        return None
    operations = any(point[4] for point in shown)
    _, found = open_canvas(14 if operations else 9, 1.6 + max(2.6, 0.27 * len(shown)), 1 + operations)
    panels = list(found) if operations else [found]
    for axes, place, what in zip(
        panels, (3, 4), ("seconds of fit, embedding and probes", "GFLOPs that embed one clip"), strict=False
    ):
        _draw_points(axes, shown, place, high)
        axes.set(xlabel=what)
    panels[0].set(ylabel=f"{name_main(standings)}, percent")
    handles, names = panels[0].get_legend_handles_labels()
    panels[-1].legend(handles, names, loc="upper left", bbox_to_anchor=(1, 1), fontsize="small")
    write_title(panels[0], title)
    return save_canvas(path, panels[0], mark)


def _draw_points(axes: Any, shown: Sequence[Spot], place: int, high: float) -> None:
    """Draws the accuracy over the cost that stands at `place` of each point."""
    from matplotlib.ticker import LogLocator, NullFormatter

    for number, point in enumerate(shown, 1):
        name, family, accuracy, cost = *point[:3], point[place]
        if cost:
            axes.plot(cost, 100 * accuracy, MARKERS[family], color=colour_families()[family], label=f"{number} {name}")
    values = [100 * point[2] for point in shown]
    air = max(0.5, 0.08 * (max(values) - min(values)))
    axes.margins(x=0.12)  # the numbers beside the outermost points stay inside
    axes.set(xscale="log", ylim=(min(values) - air, min(max(values) + air, high)))
    _number_points(axes, {number: (float(point[place]), 100 * point[2]) for number, point in enumerate(shown, 1)})
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.3)


def _number_points(axes: Any, points: Mapping[int, tuple[float, float]]) -> None:
    """Writes the number of each point beside it: right or left, and farther where a number or point is in the way."""
    from matplotlib.transforms import Bbox

    axes.figure.canvas.draw()
    places = [axes.transData.transform(spot) for spot in points.values() if spot[0]]
    taken = [Bbox.from_bounds(x - 4, y - 4, 8, 8) for x, y in places]
    for number, spot in points.items():
        if spot[0]:
            text = axes.annotate(str(number), spot, (6, 0), textcoords="offset points", va="center", fontsize="small")
            for away, side in product(range(6, 60, 12), ("left", "right")):
                text.set(position=(away if side == "left" else -away, 0), ha=side)
                box = text.get_window_extent()
                if not any(box.overlaps(other) for other in taken):
                    break
            taken.append(box)
