"""Orders the trials of a study by their score."""

from __future__ import annotations

from collections.abc import Iterable

from sweeps.ledger import COMPLETE, Trial


def find_best(trials: Iterable[Trial]) -> Trial | None:
    """Returns the complete trial with the highest objective, the earliest of equals; None without a complete trial."""
    return next(iter(rank_trials(trials)), None)


def rank_trials(trials: Iterable[Trial]) -> list[Trial]:
    """Returns the complete trials, the best first, and the earliest of equals."""
    complete = (trial for trial in trials if trial.state == COMPLETE)
    return sorted(complete, key=lambda trial: (-(trial.objective or 0.0), trial.number))
