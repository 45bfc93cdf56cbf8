"""Draws the score of every trial over each setting."""

from __future__ import annotations

from typing import Any

from sweeps.figures.scene import Scene, open_panels, scatter_trials, shade_error, write_legend


def draw_slices(scene: Scene) -> Any | str:
    """Draws one panel for each setting; returns its axes, or why there is none."""
    if not scene.trials:
        return "no trial told a score"
    panels = open_panels(len(scene.scales))
    for panel, (key, scale) in zip(panels, scene.scales.items(), strict=True):
        points = {one.number: (scale.share(one.setting[key]), one.objective or 0.0) for one in scene.trials}
        scatter_trials(panel, scene, points)
        shade_error(panel, scene)
        scale.write(panel.xaxis)
        panel.grid(alpha=0.3)
    for panel in panels[::3]:
        panel.set_ylabel(scene.score)
    write_legend(panels[0], panels)
    return panels[0]
