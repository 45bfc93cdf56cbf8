"""Draws the score over the two settings that decide most, as a smooth surface through the trials."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from bench.figures.canvas import open_canvas
from smile.arrays import Float64
from sweeps.decide.importance import ENOUGH
from sweeps.figures.scene import Scene, choose_marked

#: Points of the surface along each axis.
_STEPS = 81
#: The surface is drawn up to this distance from a trial, as a share of the axes.
_NEAR = 0.2


def draw_contour(scene: Scene) -> Any | str:
    """Draws a Gaussian process through the complete trials; returns the axes, or why there are none.

    Its length scales and its noise are those under which the trials are likeliest. The other settings vary freely.
    """
    if scene.importance is None:
        return f"the two strongest settings are known from {ENOUGH} complete trials with different scores on"
    keys = [key for key in scene.importance.rank() if scene.scales[key].continuous][:2]
    if len(keys) < 2:
        return "fewer than two settings have a continuous range"
    across, up = (scene.scales[key] for key in keys)
    places = np.array([[across.share(one.setting[keys[0]]), up.share(one.setting[keys[1]])] for one in scene.complete])
    scores = np.array([trial.objective or 0.0 for trial in scene.complete])
    steps = np.linspace(0, 1, _STEPS)
    surface = fit_surface(places, scores, steps)
    _, axes = open_canvas(7.6, 5.8)
    low, high = float(scores.min()), float(scores.max())
    bands = axes.contourf(steps, steps, surface, np.linspace(low, high, 13), cmap="viridis", extend="both")
    shown = {"cmap": "viridis", "vmin": low, "vmax": high, "edgecolors": "white", "linewidths": 0.8, "zorder": 3}
    axes.scatter(*places.T, 30, c=scores, label="complete", **shown)
    for trial, marker, colour, word in choose_marked(scene):
        spot = across.share(trial.setting[keys[0]]), up.share(trial.setting[keys[1]])
        axes.scatter(
            *spot, 190 if marker == "*" else 70, c=[colour], marker=marker, label=word, edgecolors="black", zorder=4
        )
    bar = axes.figure.colorbar(bands, ax=axes, label=scene.score, ticks=np.linspace(low, high, 5))
    bar.ax.set_yticklabels([f"{value:.3g}" for value in np.linspace(low, high, 5)])
    across.write(axes.xaxis)
    up.write(axes.yaxis)
    axes.figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    return axes


def fit_surface(places: Float64, scores: Float64, steps: Float64) -> Float64:
    """Returns the mean of a Gaussian process at steps x steps [up, across]; NaN where no trial is near.

    `places` [N trials, 2] lie between 0 and 1.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    kernel = ConstantKernel(1.0, (0.1, 10.0)) * RBF([0.4, 0.4], (0.15, 5.0)) + WhiteKernel(0.5, (0.05, 5.0))
    process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a length at its bound is still a surface
        process.fit(places, scores)
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    nearest = np.linalg.norm(grid[:, None] - places, axis=-1).min(axis=1)
    mean = np.where(nearest <= _NEAR, process.predict(grid), np.nan)
    return np.asarray(mean.reshape(len(steps), len(steps)))
