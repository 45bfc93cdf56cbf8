"""Gives a method the settings that tuning chose, and refuses faces on which they were chosen.

`python -m bench.run tune` writes a file of settings; `--tuned FILE` adds a row `tuned_NAME` for each of its methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.methods import METHODS
from bench.methods.constants import hold
from bench.methods.method import Encoder, Labels, PartsDone, Unsuitable
from smile.atomic import read_json
from smile.config import Config, override
from smile.errors import BadFile
from smile.limits import rebuild
from smile.rendering.views import Views

#: Raise this whenever a field of the file changes.
TUNED_SCHEMA = 1
#: In front of the name of a method that was tuned.
PREFIX = "tuned_"


@dataclass(frozen=True)
class Tried:
    """Holds one trial: changed settings, and the score on people that no table shows; -1 where the trial failed."""

    settings: Mapping[str, float]  # dotted key, of the config or of a constant -> value; empty for the defaults
    score: float
    identity: str  # of data, code and settings: an equal trial is not run again


@dataclass(frozen=True)
class TuningFile:
    """Is what `tune` writes: who was tuned on whom, with which trials."""

    schema: int
    data_set: str
    title: str
    people: tuple[str, ...]  # subjects on whom settings were chosen; the protocol tests none of them
    protocol: str  # that tests none of them
    metric: str
    budget: str
    trials: int  # of each method
    command: str
    commit: str
    methods: Mapping[str, tuple[Tried, ...]]  # in the order of the trials, the defaults first

    def choose(self, name: str) -> Tried:
        """Returns the best trial of a method; among equals the first, so that the defaults win a tie."""
        return max(self.methods[name], key=lambda one: one.score)


@dataclass(frozen=True)
class Tuned:
    """Fits a method with chosen settings; the object itself is a fit function."""

    fit: Any  # of the method
    settings: tuple[tuple[str, float], ...]
    data_set: str
    people: tuple[str, ...]
    trials: int = 0  # among which the settings were chosen

    def __call__(self, views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
        """Fits the method; see Method. Raises Unsuitable where someone on whom settings were chosen may be tested."""
        if views.data_set == self.data_set and not set(self.people) <= set(views.subjects):
            raise Unsuitable(
                "was tuned on people who are tested here; tune with the budget and protocol of this table, where they "
                "only pretrain"
            )
        with hold(dict(self.settings)) as changes:
            encoder: Encoder = self.fit(views, labels, override(config, changes), progress)
        return encoder


def adopt_tuned(file: Path) -> tuple[str, ...]:
    """Adds every method of a tuning file to METHODS, as `tuned_NAME`; returns these names, in order.

    Raises BadFile where the file is damaged, of another schema, or names a method that is not there.
    """
    found = read_tuning(file)
    for name in found.methods:
        if name not in METHODS:
            raise BadFile(file, name, "there is no such method", "tune it under its present name")
        settings = tuple(sorted(found.choose(name).settings.items()))
        own = METHODS[name]
        fit = Tuned(own.fit, settings, found.data_set, found.people, found.trials)
        METHODS[PREFIX + name] = replace(own, title=f"{own.title} (tuned, {found.trials} trials)", fit=fit)
    return tuple(PREFIX + name for name in found.methods)


def read_tuning(file: Path) -> TuningFile:
    """Reads what `tune` wrote; raises BadFile where it is damaged or of another schema."""
    remedy = "write it anew with python -m bench.run tune"
    content = read_json(file, remedy)
    if content.get("schema") != TUNED_SCHEMA:
        raise BadFile(file, "schema", f"{content.get('schema')!r} instead of {TUNED_SCHEMA}", remedy)
    try:
        found: TuningFile = rebuild(TuningFile, content)
    except (ValueError, RecursionError) as error:
        raise BadFile(file, "", f"not a tuning file ({error})", remedy) from None
    return found
