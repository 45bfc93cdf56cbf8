"""Loads the data of a run: the folders that the user names, or synthetic faces; draws their views into the cache."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.suites import Budget
from smile.config import Rendering
from smile.errors import UserError
from smile.progress import Reporter
from smile.rendering.views import Views

if TYPE_CHECKING:  # a command imports what it needs only when it acts
    from smile.sources import Source


def open_options(options: Sequence[str]) -> list[Source]:
    """Returns the source of each `--data` option; synthetic faces where there is none. UserError on another form."""
    from smile.sources import DEFAULT, parse_source

    return [parse_source(option) for option in options] or [DEFAULT]


def load_data(
    options: Sequence[str],
    budget: Budget,
    rendering: Rendering,
    *,
    cache: Path,
    workers: int | None,
    reporter: Reporter,
) -> list[Views]:
    """Returns the views of each `--data NAME=DIR` option in order; without options, the views of synthetic faces.

    The training seed does not change the synthetic faces. Raises UserError where a name is misspelt or repeated, where
    a folder does not exist, and where a folder holds no usable clip.
    """
    from smile.check.inspection import name_alike
    from smile.rendering.cache.cache import load_or_render
    from smile.sources import DEFAULT, open_source
    from smile.stand_ins.cast import Cast, Program

    sources = open_options(options)
    names = [source.key for source in sources]
    if len(set(names)) < len(names):
        raise UserError(f"--data names a data set twice: {', '.join(names)}; give one folder for each")
    synthetic = Cast(budget.subjects, Program(frames=budget.frames))
    data_sets = [open_source(source, synthetic if source.name == DEFAULT.name else None) for source in sources]
    for data_set in data_sets:
        for line in name_alike(data_set):
            reporter.say(f"{data_set.title}: {line}")
    return [load_or_render(data_set, rendering, cache, reporter, workers) for data_set in data_sets]
