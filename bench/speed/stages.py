"""TABLE STAGES: what can be timed; each stage checks that ours and its peers agree before it times them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.speed.cache import time_cache
from bench.speed.losses import time_losses
from bench.speed.parse import time_parse
from bench.speed.prepare import time_prepare
from bench.speed.probes import time_probes
from bench.speed.render import time_render
from bench.speed.row import Row
from bench.speed.step import time_step
from smile.errors import unknown
from smile.progress import Reporter

#: Name on the command line -> what times it.
STAGES: dict[str, Callable[[Reporter], list[Row]]] = {
    "cache": time_cache,
    "losses": time_losses,
    "parse": time_parse,
    "prepare": time_prepare,
    "probes": time_probes,
    "render": time_render,
    "step": time_step,
}


def choose_stages(names: Sequence[str]) -> list[str]:
    """The stages of these names, all where none is named; UserError on an unknown one."""
    for name in names:
        if name not in STAGES:
            raise unknown("stage", name, STAGES)
    return [name for name in STAGES if not names or name in names]
