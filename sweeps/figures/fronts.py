"""Draws the complete trials by two objectives, and the line of those that no other beats."""

from __future__ import annotations

from typing import Any

from bench.figures.canvas import open_canvas
from sweeps.figures.scene import Scene, colours
from sweeps.ledger import Trial

#: From this factor between the least and the most on, the axis of the second objective is logarithmic.
_WIDE = 5.0


def draw_front(scene: Scene) -> Any | str:
    """Draws both stages and the Pareto front; returns the axes, or why there are none."""
    stages = scene.stages

    def spot(trial: Trial) -> tuple[float, float]:
        return float(stages.objective.read(trial) or 0.0), trial.objective or 0.0

    if not stages.front:
        return "no trial is complete"
    _, axes = open_canvas(7.6, 4.6)
    for number, (trials, marker, word) in enumerate(
        ((stages.first, "o", "search"), (stages.second, "s", "second stage"))
    ):
        spots = [spot(trial) for trial in trials if stages.objective.read(trial) is not None]
        if spots:
            axes.scatter(
                *zip(*spots, strict=True), 26, c=[colours()[2 * number]], marker=marker, label=word, alpha=0.75
            )
    front = [spot(trial) for trial in stages.front]
    axes.plot(*zip(*sorted(front), strict=True), color="black", marker="o", markersize=8, markerfacecolor="none",
              linewidth=1.2, label="beaten by none")  # fmt: skip
    seconds = [spot(trial)[0] for trial in (*stages.first, *stages.second)]
    if min(seconds) > 0 and max(seconds) > _WIDE * min(seconds):
        _lay_by_logarithm(axes)
    if scene.default in stages.first and scene.default:
        axes.scatter(
            *spot(scene.default), 150, c=[colours()[1]], marker="*", label="default", edgecolors="black", zorder=4
        )
    axes.set(xlabel=stages.about, ylabel=scene.score)
    axes.grid(alpha=0.3)
    axes.figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    return axes


def _lay_by_logarithm(axes: Any) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
