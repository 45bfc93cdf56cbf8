"""Draws what accuracy costs: the accuracy of every method over the seconds that it took."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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


def draw_costs(path: Path, title: str, standings: Sequence[Standing]) -> Path | None:
    """Draws a numbered point for each method that is not far below all that learn; the legend names the numbers.

    Seconds are those of fit, embedding and probes, on the machine of the record, on a logarithmic axis.
    Returns None where the image at `path` already shows the same content.
    """
    low, high = find_frame(standings)
    shown = [
        (one.first.title, one.first.family, main_score(one).value, round(max(one.seconds, 0.05), 2))
        for one in standings
        if 100 * main_score(one).value >= low
    ]
    mark = mark_content(title, shown)
    if read_mark(path) == mark:
        return None
    from matplotlib.ticker import LogLocator, NullFormatter

    _, axes = open_canvas(9, 1.6 + max(2.6, 0.27 * len(shown)))
    for number, (name, family, accuracy, seconds) in enumerate(shown, 1):
        colour = colour_families()[family]
        axes.plot(seconds, 100 * accuracy, MARKERS[family], color=colour, label=f"{number} {name}")
        axes.annotate(str(number), (seconds, 100 * accuracy), (5, 3), textcoords="offset points", fontsize="small")
    values = [100 * accuracy for _, _, accuracy, _ in shown]
    air = max(0.5, 0.08 * (max(values) - min(values)))
    axes.set(xscale="log", ylim=(min(values) - air, min(max(values) + air, high)))
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set(xlabel="seconds of fit, embedding and probes", ylabel=f"{name_main(standings)}, percent")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize="small")
    axes.grid(alpha=0.3)
    write_title(axes, title)
    return save_canvas(path, axes, mark)
