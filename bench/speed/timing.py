"""Times several ways to do the same work fairly: interleaved rounds, medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

#: Number of rounds; their median counts.
ROUNDS = 7


def interleave(
    ways: Mapping[str, Callable[[], object]], rounds: int = ROUNDS, seconds: float = 0.05
) -> dict[str, float]:
    """Returns name -> median seconds of one call over `rounds` rounds; in each round every way has its turn.

    A turn repeats a fast way until `seconds` have passed, so that the clock's resolution does not matter. Every way is
    called once before, so that compilation and cold files are not timed. The order changes from round to round.
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
    """Returns seconds of one call, averaged over the calls that fill `seconds`."""
    calls, start = 0, time.perf_counter()
    while True:
        way()
        calls += 1
        passed = time.perf_counter() - start
        if passed >= seconds:
            return passed / calls
