"""Tests whether two methods differ, by exchanging what they said of subjects, and corrects for many tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from smile.arrays import Bool, Float64

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
    flips, exact = _list_flips(len(told), seed)
    return _share(np.abs(flips @ told) >= least, exact)


def swap_subjects(ours: Float64, theirs: Float64, measure: Callable[[Float64], Float64], seed: int) -> float:
    """Returns the two-sided p-value of the difference of a number that does not add up over subjects, e.g. of a UF1.

    `ours` and `theirs` are counts [S, ...] of each subject, `measure` takes their sums. If two methods are equally
    good, it does not matter which of them said what of a subject: a swap exchanges all that they said of him. The
    p-value is the share of swaps whose difference is at least as large; of accuracies it is that of `flip_signs`.
    """
    differ = np.flatnonzero((ours != theirs).any(axis=tuple(range(1, ours.ndim))))
    if not len(differ):
        return 1.0
    whole, apart = (ours + theirs).sum(0), (ours - theirs)[differ]
    flips, exact = _list_flips(len(differ), seed)
    swapped = np.tensordot(flips, apart, axes=1)
    found = np.abs(measure((whole + swapped) / 2) - measure((whole - swapped) / 2))
    least = abs(float(measure(ours.sum(0)) - measure(theirs.sum(0)))) - 1e-12
    return _share(found >= least, exact)


def _list_flips(count: int, seed: int) -> tuple[Float64, bool]:
    """Returns signs [flips, count], and whether these are all that there are."""
    if count <= EXACT:
        return np.asarray((np.arange(2**count)[:, None] >> np.arange(count) & 1) * 2.0 - 1.0, dtype=np.float64), True
    return _draw_signs(count, seed), False


def _share(large: Bool, exact: bool) -> float:
    return float(np.mean(large)) if exact else float((1 + np.sum(large)) / (1 + FLIPS))


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
