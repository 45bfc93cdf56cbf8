"""How much a sweep runs: trials, epochs, rungs, and what is missing of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sweeps.ledger import Trial
from sweeps.studies import Sample, Study

#: Called as `objective(setting, report)`; calls `report(epochs done, value)` at each rung; more is better.
TrialObjective = Callable[[Sample, Callable[[int, float], None]], None]

#: ASHA lets the better of every two trials pass a rung (Li et al. 2020, eta; theirs is 4, for hundreds of trials).
REDUCTION = 2

#: Trials drawn at random before the sampler learns from what came out.
RANDOM_TRIALS = 5


@dataclass(frozen=True)
class Effort:
    """How much is run, and on what."""

    trials: int  # finished trials wanted in the ledger
    epochs: int  # of a trial that is not stopped early
    seed: int
    concurrency: int  # trials at a time
    workers: int = 1  # processes a trial; above 1 they are Ray Train's
    gpus: float = 0.0  # a worker
    address: str | None = None  # of a running Ray cluster; None starts Ray here


def rungs(epochs: int) -> tuple[int, ...]:
    """The epochs at which a trial reports: ASHA's rungs from a quarter of the way on, and the end."""
    first = max(math.ceil(epochs / 4), 1)
    steps = int(math.log(epochs / first, REDUCTION)) + 1
    return tuple(sorted({first * REDUCTION**step for step in range(steps)} | {epochs}))


def sampler_settings(seed: int, finished: int) -> dict[str, Any]:
    """Arguments of the TPESampler: with the number of finished trials, a resumed sweep draws nothing twice."""
    return {
        "multivariate": True,  # weights trade off against each other
        "constant_liar": True,  # trials that are running count, so that neighbours in time differ
        "n_startup_trials": RANDOM_TRIALS,
        "seed": seed * 100_003 + finished,
    }


def missing(study: Study, default: Sample, wanted: int, done: list[Trial]) -> tuple[list[Sample], int]:
    """(settings to try first, in order; how many trials remain of `wanted`).

    The default comes first. Where the ranges are countable all settings are listed and none is drawn twice.
    """
    tried = [trial.setting for trial in done]
    listed = study.every()
    if listed is None:
        queue = [default] if default not in tried else []
        return queue, max(wanted - len(done), 0)
    rest = [setting for setting in [default, *(s for s in listed if s != default)] if setting not in tried]
    rest = rest[: max(wanted - len(done), 0)]
    return rest, len(rest)
