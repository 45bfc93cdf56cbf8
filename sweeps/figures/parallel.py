"""Draws each trial as a line over all settings, in the colour of its score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.figures.canvas import open_canvas
from sweeps.figures.scale import list_ticks
from sweeps.figures.scene import Scene, choose_marked
from sweeps.ledger import Trial


def draw_parallel(scene: Scene) -> Any | str:
    """Draws parallel coordinates, the last of which is the score; returns the axes, or why there are none."""
    if len(scene.scales) < 2:
        return "the study searches one setting"
    if len(scene.complete) < 2:
        return "fewer than two trials are complete"
    _, axes = open_canvas(1.9 * (len(scene.scales) + 1) + 0.6, 5)
    values = [trial.objective or 0.0 for trial in scene.complete]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    for trial in scene.trials:
        if trial not in scene.complete:
            axes.plot(*_trace(scene, trial, 0.0)[:2], color="0.8", linewidth=0.7, zorder=1)
    for trial in sorted(scene.complete, key=lambda one: (one.objective or 0.0, -one.number)):
        _draw_line(axes, scene, trial, ((trial.objective or 0.0) - low) / span)
    for place, scale in enumerate(scene.scales.values()):
        _draw_axis(axes, place, scale.ticks())
    marks = [tick for tick in list_ticks(low, high) if high > low] or [low]
    _draw_axis(axes, len(scene.scales), [((tick - low) / span, f"{tick:g}") for tick in marks])
    names = [*(scale.short for scale in scene.scales.values()), scene.score.replace(" (", "\n(")]
    axes.set_xticks(range(len(names)), names)
    axes.tick_params(axis="x", length=0)
    axes.set(xlim=(-0.25, len(scene.scales) + 0.5), ylim=(-0.06, 1.06), yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if any(trial not in scene.complete for trial in scene.trials):
        axes.plot([], [], color="0.8", label="stopped early")
    options = {"loc": "outside lower center", "ncols": 3, "fontsize": "small"}
    axes.figure.legend(*axes.get_legend_handles_labels(), **options)
    return axes


def _trace(scene: Scene, trial: Trial, height: float) -> tuple[list[float], list[float]]:
    """Returns where the line of a trial goes; at the axis of the score, `height` of it."""
    found = [scale.share(trial.setting[key]) for key, scale in scene.scales.items()]
    return [float(place) for place in range(len(found) + (trial in scene.complete))], [
        *found,
        *([height] if trial in scene.complete else []),
    ]


def _draw_line(axes: Any, scene: Scene, trial: Trial, height: float) -> None:
    import matplotlib

    colour, width, options = matplotlib.colormaps["viridis"](0.95 * height), 1.1, {"alpha": 0.7}
    for chosen, _, own, word in choose_marked(scene):
        if trial is chosen:
            colour, width, options = own, 2.6, {"label": word}
    axes.plot(*_trace(scene, trial, height), color=colour, linewidth=width, zorder=2 + ("label" in options), **options)


def _draw_axis(axes: Any, place: int, ticks: Sequence[tuple[float, str]]) -> None:
    axes.axvline(place, 0.05, 0.95, color="black", linewidth=0.9, zorder=4)
    for height, label in ticks:
        axes.plot([place, place + 0.03], [height, height], color="black", linewidth=0.9, zorder=4)
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.75}
        axes.text(place + 0.05, height, label, va="center", fontsize="small", bbox=box, zorder=5)
