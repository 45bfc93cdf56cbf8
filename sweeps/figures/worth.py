"""Draws what a number of views brings and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bench.figures.canvas import open_canvas
from sweeps.decide.front import SECONDS
from sweeps.decide.views_worth import VIEWS, ViewCount, weigh_views
from sweeps.figures.scene import Scene, colours, write_legend
from sweeps.ledger import Trial

#: How far to the right of their mean single trials stand.
_ASIDE = 0.12


def draw_worth(scene: Scene) -> Any | str:
    """Draws score with intervals, and seconds, over the number of views; returns the axes, or why there are none."""
    if VIEWS not in scene.scales:
        return "the study does not search the number of views"
    found = weigh_views(scene.complete, int(scene.experiment.about["identity"]["default"][VIEWS]))
    if not found:
        return "no complete trial tells its people apart"
    _, (left, right) = open_canvas(9.5, 4.4, 2)
    places = range(len(found))
    first, _, third = colours()
    lows, highs = ([getattr(one.score, end) for one in found] for end in ("low", "high"))
    left.vlines(places, lows, highs, color=first, linewidth=2, label="95 % over people")
    every = "all trials with so many views"
    left.plot(places, [one.score.value for one in found], "o-", color=first, linewidth=0.8, label=every)
    right.plot(places, [one.seconds for one in found], "D-", color=third, linewidth=0.8, markersize=5, label="median")
    _scatter_single(left, scene, found, lambda trial: trial.objective or 0.0)
    _scatter_single(right, scene, found, lambda trial: SECONDS["seconds"].read(trial) or 0.0)
    for panel, label in ((left, scene.score), (right, scene.stages.about)):
        panel.set_xticks(places, [str(one.views) for one in found])
        panel.set(xlabel="views", ylabel=label, xlim=(-0.5, len(found) - 0.5))
        panel.grid(alpha=0.3)
    right.set_ylim(bottom=0)
    write_legend(left, (left, right))
    return left


def _scatter_single(axes: Any, scene: Scene, found: Sequence[ViewCount], read: Callable[[Trial], float]) -> None:
    """Marks each trial beside the mean of its number of views, where that has several."""
    for place, one in enumerate(found):
        heights = [read(trial) for trial in scene.complete if trial.setting[VIEWS] == one.views]
        if len(heights) > 1:
            axes.scatter([place + _ASIDE] * len(heights), heights, 16, color=colours()[0], alpha=0.4, label="a trial")
