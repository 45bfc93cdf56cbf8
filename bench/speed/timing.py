"""Fair timing of several ways to do the same work: interleaved rounds, medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

#: Rounds of which the median counts.
ROUNDS = 7


def interleave(
    ways: Mapping[str, Callable[[], object]], rounds: int = ROUNDS, seconds: float = 0.05
) -> dict[str, float]:
    """Name -> median seconds of one call over `rounds` rounds, in each of which every way has its turn.

    A turn repeats a quick way until `seconds` are over, so that the clock's grain does not matter. Every way is called
    once beforehand, so that compilation and cold files count for nobody; the order turns around from round to round.
    """
    for way in ways.values():
        way()
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        names = list(ways) if number % 2 == 0 else list(ways)[::-1]
        for name in names:
            found[name].append(_time(ways[name], seconds))
    return {name: statistics.median(times) for name, times in found.items()}


def _time(way: Callable[[], object], seconds: float) -> float:
    """Seconds of one call, averaged over as many as fill `seconds`."""
    calls, start = 0, time.perf_counter()
    while True:
        way()
        calls += 1
        passed = time.perf_counter() - start
        if passed >= seconds:
            return passed / calls
