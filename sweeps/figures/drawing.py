"""TABLE FIGURES: every figure of a study, and where it lies; one that a study has no data for says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures.canvas import mark_content, save_canvas, write_title
from sweeps.figures.contour import draw_contour
from sweeps.figures.fronts import draw_front
from sweeps.figures.history import draw_history
from sweeps.figures.importances import draw_importance
from sweeps.figures.learning import draw_learning
from sweeps.figures.parallel import draw_parallel
from sweeps.figures.scene import Scene
from sweeps.figures.slices import draw_slices
from sweeps.figures.timeline import draw_timeline
from sweeps.figures.worth import draw_worth


@dataclass(frozen=True)
class Figure:
    """Draws something of a study: `draw` returns the axes, or why there are none."""

    draw: Callable[[Scene], Any | str]
    title: str


#: Name of the file -> what it shows.
FIGURES: dict[str, Figure] = {
    "slices": Figure(draw_slices, "Score over each setting"),
    "parallel": Figure(draw_parallel, "All settings of each trial, in the colour of its score"),
    "importance": Figure(draw_importance, "How much each setting decides, 95 % over trials drawn again"),
    "contour": Figure(
        draw_contour, "Score over the two settings that decide most; the others vary, white: no trial is near"
    ),
    "front": Figure(draw_front, "Score over the second objective"),
    "views": Figure(draw_worth, "What a number of views brings, and what it costs"),
    "learning": Figure(draw_learning, "Score while trials train; a cross: stopped early"),
    "history": Figure(draw_history, "Score of each trial, and the best so far"),
    "timeline": Figure(draw_timeline, "Which trial ran when"),
}


def find_figures(name: str) -> Path:
    """Returns the folder of a study's figures, relative to that of its report."""
    return Path("figures") / name


def draw_scene(scene: Scene, out: Path) -> dict[str, str]:
    """Writes the figures of a study below `out`; returns name -> why there is none, "" where there is one.

    Equal trials give equal bytes. A figure from before that the study has no data for any more is removed.
    """
    import matplotlib

    said = {}
    for name, figure in FIGURES.items():
        path = out / find_figures(scene.name) / f"{name}.png"
        with matplotlib.rc_context():
            found = figure.draw(scene)
            if isinstance(found, str):
                path.unlink(missing_ok=True)
                said[name] = found
                continue
            write_title(found, scene.title(figure.title))
            save_canvas(path, found, mark_content(scene.experiment.identifier, scene.trials, figure.title))
        said[name] = ""
    return said
