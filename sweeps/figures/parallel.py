"""Draws each trial as a line over all settings, in the colour of its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.figures.canvas import open_canvas
from sweeps.figures.scale import list_ticks
from sweeps.figures.scene import Scene, choose_marked, write_legend
from sweeps.ledger import Trial


def draw_parallel(scene: Scene) -> Any | str:
    """Draws parallel coordinates, the last of which is the score; returns the axes, or why there are none."""
    if len(scene.scales) < 2:
        return "the study searches one setting"
    if len(scene.complete) < 2:
        return "fewer than two trials are complete"
    _, axes = open_canvas(1.9 * (len(scene.scales) + 1) + 0.6, 5)
    values = [trial.objective or 0.0 for trial in scene.complete]
    height = Height(min(values), max(values))
    for trial in scene.trials:
        if trial not in scene.complete:
            axes.plot(*_trace(scene, trial), color="0.8", linewidth=0.7, zorder=1, label="stopped early")
    for trial in sorted(scene.complete, key=lambda one: (one.objective or 0.0, -one.number)):
        _draw_line(axes, scene, trial, height.share(trial.objective or 0.0))
    for place, scale in enumerate(scene.scales.values()):
        _draw_axis(axes, place, scale.ticks())
    _draw_axis(axes, len(scene.scales), height.ticks())
    _name_axes(axes, [*(scale.short for scale in scene.scales.values()), scene.score.replace(" (", "\n(")])
    write_legend(axes, [axes])
    return axes


def _name_axes(axes: Any, names: Sequence[str]) -> None:
    axes.set_xticks(range(len(names)), names)
    axes.tick_params(axis="x", length=0)
    axes.set(xlim=(-0.25, len(names) - 0.5), ylim=(-0.06, 1.06), yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)


@dataclass(frozen=True)
class Height:
    """Says how high a score lies on its axis."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Returns 0 for the lowest score and 1 for the highest."""
        return (value - self.low) / ((self.high - self.low) or 1.0)

    def ticks(self) -> list[tuple[float, str]]:
        """Returns (share, label) of each tick."""
        found = list_ticks(self.low, self.high) if self.high > self.low else [self.low]
        return [(self.share(tick), f"{tick:g}") for tick in found]


def _trace(scene: Scene, trial: Trial, height: float | None = None) -> tuple[range, list[float]]:
    """Returns where the line of a trial goes, up to the axis of the score where there is a height."""
    found = [scale.share(trial.setting[key]) for key, scale in scene.scales.items()]
    found += [] if height is None else [height]
    return range(len(found)), found


def _draw_line(axes: Any, scene: Scene, trial: Trial, height: float) -> None:
    import matplotlib

    colour, width = matplotlib.colormaps["viridis"](0.95 * height), 1.1
    options: dict[str, Any] = {"alpha": 0.7}
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
