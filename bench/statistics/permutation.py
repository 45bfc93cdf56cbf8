"""Tests whether two methods differ, by flipping the signs of the subjects' differences, and corrects for many tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from smile.arrays import Float64

#: Up to this number of subjects that differ, all flips are tried, and the p-value is exact.
EXACT = 14
#: Number of random flips where there are more.
FLIPS = 20_000
#: Differences with a corrected p-value below this are told apart.
LEVEL = 0.05


def flip_signs(differences: Float64, seed: int) -> float:
    """Returns the two-sided p-value of the sum of paired `differences`, one for each subject.

    If two methods are equally good, each difference is as likely to have the other sign (Fisher 1935, section 21). The
    p-value is the share of flips whose sum is at least as large. Subjects without a difference change nothing. Random
    flips count the given signs as one of them, so that the p-value is never zero (Phipson & Smyth 2010).
    Example: 26 ties and four equal losses give 2 of 16 flips, 0.125.
    """
    told = differences[np.abs(differences) > 1e-12]
    if not len(told):
        return 1.0
    least = abs(told.sum()) * (1 - 1e-9)
    if len(told) <= EXACT:
        flips = (np.arange(2 ** len(told))[:, None] >> np.arange(len(told)) & 1) * 2.0 - 1.0
        return float(np.mean(np.abs(flips @ told) >= least))
    flips = _draw_signs(len(told), seed)
    return float((1 + np.sum(np.abs(flips @ told) >= least)) / (1 + FLIPS))


@lru_cache(maxsize=16)  # the comparisons of a table draw the same; 10 MB for 60 subjects
def _draw_signs(count: int, seed: int) -> Float64:
    """Returns random signs [FLIPS, count]; nobody may write there."""
    return np.asarray(np.random.default_rng(seed).integers(2, size=(FLIPS, count)) * 2.0 - 1.0)


def correct_all(values: Sequence[float]) -> list[float]:
    """Returns the p-values of several tests, corrected so that any false one among them is rare (Holm 1979)."""
    order = sorted(range(len(values)), key=lambda number: values[number])
    corrected, largest = [0.0] * len(values), 0.0
    for rank, number in enumerate(order):
        largest = max(largest, min(1.0, (len(values) - rank) * values[number]))
        corrected[number] = largest
    return corrected
