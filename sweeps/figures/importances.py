"""Draws how much each setting decides, by both measures, with intervals."""

from __future__ import annotations

from typing import Any

from bench.figures.canvas import name_width, open_canvas
from sweeps.decide.importance import ENOUGH, MEASURES
from sweeps.figures.scene import Scene, colours


def draw_importance(scene: Scene) -> Any | str:
    """Draws a row for each setting in a panel for each measure; returns the axes, or why there are none."""
    found = scene.importance
    if len(scene.scales) < 2:
        return "the study searches one setting"
    if found is None:
        return f"{len(scene.complete)} complete trial(s), {ENOUGH} with different scores are needed"
    keys = found.rank()
    names = [scene.scales[key].name for key in keys]
    _, panels = open_canvas(name_width(names) + 7.4, 1.7 + 0.42 * len(keys), len(MEASURES))
    for number, (panel, (measure, (what, _))) in enumerate(zip(panels, MEASURES.items(), strict=True)):
        for row, key in enumerate(keys):
            share = found.shares[measure][key]
            panel.plot([100 * share.low, 100 * share.high], [row, row], color=colours()[number], linewidth=2)
            panel.plot(100 * share.value, row, "oD"[number], color=colours()[number])
        panel.set_yticks(range(len(keys)), [] if number else names)
        panel.set(xlim=(-3, 103), ylim=(len(keys) - 0.5, -0.5), xlabel=f"{what}, percent")
        panel.grid(axis="x", alpha=0.3)
    return panels[0]
