"""Draws the score of each trial in the order of drawing, and the best so far."""

from __future__ import annotations

import itertools
from typing import Any

from bench.figures.canvas import open_canvas
from sweeps.figures.scene import Scene, scatter_trials, shade_error, write_legend


def draw_history(scene: Scene) -> Any | str:
    """Draws a point for each trial and the line of the best complete one; returns the axes, or why there are none."""
    if not scene.trials:
        return "no trial told a score"
    _, axes = open_canvas(8.5, 4.4)
    scatter_trials(axes, scene, {trial.number: (trial.number, trial.objective or 0.0) for trial in scene.trials})
    best = list(itertools.accumulate((trial.objective or 0.0 for trial in scene.complete), max))
    axes.plot([trial.number for trial in scene.complete], best, drawstyle="steps-post", color="black", linewidth=1,
              label="best so far")  # fmt: skip
    shade_error(axes, scene)
    axes.set(xlabel="trial", ylabel=scene.score)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    write_legend(axes, [axes])
    return axes
