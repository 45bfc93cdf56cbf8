"""Shows a whole run as one line: which method of how many is measured, and how much time is left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

from bench.methods.method import Method, PartsDone
from smile.progress import Reporter

#: Work of a method that learns nothing, beside that of one that learns: only the time left depends on it.
FLOOR = 0.05


class Pace:
    """Counts the methods of a run. For each, call `start`, and then `finish`, or `skip` where a record is reused."""

    def __init__(self, reporter: Reporter, what: str, methods: Sequence[Method]) -> None:
        self._reporter, self._what, self._methods = reporter, what, methods
        self._works = [FLOOR if method.family == "floor" else 1.0 for method in methods]
        self._number = 0  # methods done
        self._measured = 0.0  # work of these that was measured, not reused
        self._seconds = 0.0  # what it took
        self._began = 0.0

    def start(self) -> PartsDone:
        """Begins the next method; returns what its parts are reported to."""
        self._began = time.monotonic()
        self._tell(0.0)
        return lambda done, total: self._tell(done / total)

    def finish(self) -> None:
        """Ends the method that was begun."""
        self._measured += self._works[self._number]
        self._seconds += time.monotonic() - self._began
        self.skip()

    def skip(self) -> None:
        """Counts a method that took no time."""
        self._number += 1
        if self._number == len(self._methods) and self._measured:
            self._reporter.stride(self._what, self._number, self._number, f"{self._number} methods done")

    def _tell(self, share: float) -> None:
        """Reports the method that is measured, of which `share` is done."""
        work = self._works[self._number]
        seconds = self._seconds + time.monotonic() - self._began
        done, left = self._measured + share * work, sum(self._works[self._number :]) - share * work
        # A floor takes so little that it says nothing of the others.
        more = f", {timedelta(seconds=round(seconds / done * left))} left" if done >= 4 * FLOOR else ""
        name = self._methods[self._number].title
        words = f"method {self._number + 1} of {len(self._methods)}{more}: {name}"
        self._reporter.stride(self._what, self._number + min(share, 0.99), len(self._methods), words)
