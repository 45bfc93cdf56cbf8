"""Limits what a sweep may cost: minutes on the clock, or hours of graphics cards; says whether another trial fits."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smile.errors import UserError
from sweeps.ledger import COMPLETE, Trial


@dataclass(frozen=True)
class Allowance:
    """Holds the limits; None means no limit."""

    minutes: float | None = None  # of this command
    gpu_hours: float | None = None  # of all trials of the study, also those of earlier commands

    def __str__(self) -> str:
        said = [f"{self.minutes:g} minutes"] if self.minutes is not None else []
        return " and ".join(said + ([f"{self.gpu_hours:g} GPU hours"] if self.gpu_hours is not None else []))


def parse_gpu_hours(text: str) -> float:
    """Returns the hours of an option such as "40gpuh"; raises UserError on another form."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*gpuh", text.strip().lower(), re.ASCII)
    if found is None or float(found[1]) <= 0:
        raise UserError(f"--budget {text!r}: say hours of graphics cards, as in --budget 40gpuh")
    return float(found[1])


class Meter:
    """Watches a budget while trials run.

    A trial is expected to take as long as the longest complete one, so that a sweep ends before its limit.
    """

    def __init__(self, allowance: Allowance, gpus: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Starts the clock; `gpus` is the number of graphics cards that a trial reserves."""
        self._limits, self._gpus, self._clock, self._start = allowance, gpus, clock, clock()
        self.used_up = False

    def left(self) -> float | None:
        """Returns the seconds until the limit; None without one."""
        if self._limits.minutes is None:
            return None
        return max(60 * self._limits.minutes - (self._clock() - self._start), 0.0)

    def affords(self, done: Sequence[Trial], running: int) -> bool:
        """Returns whether another trial fits beside `running` ones; once it does not, no later one does."""
        longest = max((trial.seconds for trial in done if trial.state == COMPLETE), default=0.0)
        left, hours = self.left(), self._limits.gpu_hours
        if left is not None and left <= longest:
            self.used_up = True
        if hours is not None:
            seconds = sum(trial.seconds for trial in done) + (running + 1) * longest
            self.used_up |= seconds * self._gpus > 3600 * hours
        return not self.used_up
