"""TABLE STAGES: what can be timed; each stage checks that ours and its peers agree before it times them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from bench.speed.row import Row
from smile.errors import unknown
from smile.progress import Reporter


def _later(name: str) -> Callable[[Reporter], list[Row]]:
    """time_NAME of bench/speed/NAME.py, which is imported, with its peers, when it runs: --help need not wait."""

    def time(reporter: Reporter) -> list[Row]:
        rows: list[Row] = getattr(import_module(f"bench.speed.{name}"), f"time_{name}")(reporter)
        return rows

    return time


#: Name on the command line -> what times it.
STAGES: dict[str, Callable[[Reporter], list[Row]]] = {
    name: _later(name) for name in ("cache", "losses", "parse", "prepare", "probes", "render", "step")
}


def choose_stages(names: Sequence[str]) -> list[str]:
    """The stages of these names, all where none is named; UserError on an unknown one."""
    for name in names:
        if name not in STAGES:
            raise unknown("stage", name, STAGES)
    return [name for name in STAGES if not names or name in names]
