"""Says how much a sweep runs: trials, epochs, rungs, and which trials are still missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from sweeps.allowance import Allowance
from sweeps.ledger import Trial
from sweeps.objectives.reading import NOBODY, Right
from sweeps.studies import Sample, Study

#: Name of an objective -> its number, of those by which a trial is not ranked.
NOTHING: Mapping[str, float] = MappingProxyType({})
#: What a trial tells beside objectives: seconds of computing of a training and its scores, without imports.
SPENT = "spent"


class TrialReport(Protocol):
    """Takes what a trial reports at a rung."""

    def __call__(self, epoch: int, value: float, right: Right = NOBODY, also: Mapping[str, float] = NOTHING, /) -> None:
        """Takes the epochs done, the objective (higher is better), each subject's part, and other objectives."""


#: Is called as `objective(setting, report)`.
TrialObjective = Callable[[Sample, TrialReport], None]


@dataclass(frozen=True)
class Effort:
    """Says how much a sweep runs, and on which machines."""

    trials: int  # number of finished trials that the ledger should hold
    epochs: int  # of one training
    seed: int
    concurrency: int  # trials that run at the same time
    workers: int = 1  # processes per trial; above 1, Ray Train starts them
    gpus: float = 0.0  # per worker
    address: str | None = None  # of a running Ray cluster; None starts Ray here
    sampler: str = "tpe"  # key of SAMPLERS
    scheduler: str = "asha"  # key of SCHEDULERS
    repeats: int = 1  # trainings of a trial that is not stopped early, each on a further split
    allowance: Allowance = field(default_factory=Allowance)
    second: str = ""  # key of SECONDS; empty: one objective

    @property
    def whole(self) -> int:
        """Epochs of a trial that is not stopped early."""
        return self.epochs * self.repeats


def rungs(epochs: int, repeats: int = 1) -> tuple[int, ...]:
    """Returns the epochs at which a trial reports: from a sixteenth of a training, doubling; later ones at their end.

    Example: rungs(30) is (2, 4, 8, 16, 30), and rungs(30, 3) goes on with 60 and 90.
    """
    first = max(math.ceil(epochs / 16), 1)
    steps = int(math.log2(epochs / first)) + 1
    ends = {epochs * number for number in range(1, repeats + 1)}
    return tuple(sorted({first * 2**step for step in range(steps)} | ends))


def find_rung(epochs: int, share: float) -> int:
    """Returns the first rung at which this share of a training is done.

    Example: a quarter of 30 epochs is done at the rung 8.
    """
    return next(rung for rung in rungs(epochs) if rung >= share * epochs)


def missing(study: Study, default: Sample, wanted: int, done: list[Trial]) -> tuple[list[Sample], int]:
    """Returns (settings to try first, in order; number of trials that are missing of `wanted`).

    The default comes first. Where no range is continuous, lists all settings, so that none is drawn twice.
    """
    tried = [trial.setting for trial in done]
    listed = study.every()
    if listed is None:
        queue = [default] if default not in tried else []
        return queue, max(wanted - len(done), 0)
    rest = [setting for setting in [default, *(s for s in listed if s != default)] if setting not in tried]
    rest = rest[: max(wanted - len(done), 0)]
    return rest, len(rest)
