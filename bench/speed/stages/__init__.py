"""TABLE STAGES: what can be timed; each stage checks that ours and its peers agree before it times them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.speed.row import SpeedRow
from smile.errors import unknown
from smile.progress import Reporter


def _later(module: str, function: str) -> Callable[..., Any]:
    """Returns a function that imports its module and the peers only when called, so that --help need not wait."""

    def call(*given: object) -> Any:
        return getattr(import_module(f"{__name__}.{module}"), function)(*given)

    return call


#: Name on the command line -> function that times the stage.
STAGES: dict[str, Callable[[Reporter], list[SpeedRow]]] = {
    name: _later(name, f"time_{name}")
    for name in ("cache", "losses", "parse", "prepare", "probes", "render", "step", "sweep", "train", "vit")
}

#: Stage -> function that draws its curves below a results folder, after the stage was timed.
FIGURES: dict[str, Callable[[Path, Reporter], None]] = {"render": _later("render_curves", "draw_curves")}


def choose_stages(names: Sequence[str]) -> list[str]:
    """Returns the stages with these names, or all stages without names; UserError on an unknown name."""
    for name in names:
        if name not in STAGES:
            raise unknown("stage", name, STAGES)
    return [name for name in STAGES if not names or name in names]
