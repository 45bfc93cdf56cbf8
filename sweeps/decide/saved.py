"""Counts what stopping trials early has saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sweeps.ledger import FAILED, PRUNED, Trial


@dataclass(frozen=True)
class Saved:
    """Holds the epochs of the trials that told a score."""

    run: int
    whole: int  # had none been stopped
    stopped: int  # trials

    def describe(self) -> str:
        """Returns a sentence without a full stop."""
        if not self.stopped:
            return f"no trial was stopped early; all {self.whole:,} epochs ran"
        return (
            f"early stopping ran {self.run:,} of {self.whole:,} epochs: {self.whole / max(self.run, 1):.2f} times less "
            "compute"
        )


def find_saved(trials: Iterable[Trial], whole: int) -> Saved:
    """Returns the epochs that ran, and those that would have run, where a trial has `whole` epochs to its end."""
    told = [trial for trial in trials if trial.state != FAILED and trial.history]
    run = sum(trial.history[-1][0] for trial in told)
    return Saved(run, whole * len(told), sum(trial.state == PRUNED for trial in told))
