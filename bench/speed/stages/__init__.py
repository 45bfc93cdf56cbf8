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
    """A function of a module of this folder, which is imported with its peers when it runs: --help need not wait."""

    def call(*given: object) -> Any:
        return getattr(import_module(f"{__name__}.{module}"), function)(*given)

    return call


#: Name on the command line -> what times it.
STAGES: dict[str, Callable[[Reporter], list[SpeedRow]]] = {
    name: _later(name, f"time_{name}")
    for name in ("cache", "losses", "parse", "prepare", "probes", "render", "step", "vit")
}

#: Stage -> what draws its curves below a results folder, once it has been timed.
FIGURES: dict[str, Callable[[Path, Reporter], None]] = {"render": _later("render_curves", "draw_curves")}


def choose_stages(names: Sequence[str]) -> list[str]:
    """The stages of these names, all where none is named; UserError on an unknown one."""
    for name in names:
        if name not in STAGES:
            raise unknown("stage", name, STAGES)
    return [name for name in STAGES if not names or name in names]
