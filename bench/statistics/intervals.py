"""Computes 95 % percentile bootstrap intervals, resampled over subjects, and over seeds where there are several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bench.statistics.metrics import METRICS
from smile.arrays import Float64

RESAMPLES = 2000
COVERAGE = 0.95


@dataclass(frozen=True)
class Score:
    """Holds one metric as a fraction, with the ends of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Resampling:
    """Draws subjects with replacement, each with all clips: clips of one face are not independent.

    Resampling clips would give intervals that are too narrow (Efron & Tibshirani 1993, chapter 8). Seeds are drawn
    beside the subjects (hierarchical bootstrap), anew for every method, because seed 1 of two methods has nothing in
    common. Equal numbers draw equal subjects, so that two methods can be compared on the same faces.
    """

    subjects: int
    seed: int

    def of(self, counts: Float64, method: int = 0) -> Float64:
        """Returns sums [RESAMPLES, ...] over drawn seeds and subjects of `counts` [T seeds, S subjects, ...]."""
        seeds = len(counts)
        copies, often = _draw(self.subjects, self.seed), _draw(seeds, (self.seed, method))
        sums = [np.tensordot(copies * often[:, [run]], counts[run], axes=1) for run in range(seeds)]
        return np.asarray(np.sum(sums, axis=0))


@lru_cache(maxsize=16)  # the comparisons of a table draw the same
def _draw(things: int, seed: int | tuple[int, int]) -> Float64:
    """Returns how often each of these things is drawn in each resample [RESAMPLES, things]; nobody may write there."""
    draws = np.random.default_rng(seed).integers(things, size=(RESAMPLES, things))
    return np.stack([np.bincount(draw, minlength=things) for draw in draws]).astype(np.float64)


def bootstrap(
    counts: Float64, seed: int, metrics: Mapping[str, Callable[[Float64], Float64]] = METRICS
) -> dict[str, Score]:
    """Returns metric name -> score over all subjects; `counts` [S, ...] holds e.g. one confusion matrix per subject."""
    return bootstrap_seeds(counts[None], seed, metrics)


def bootstrap_seeds(
    counts: Float64, seed: int, metrics: Mapping[str, Callable[[Float64], Float64]]
) -> dict[str, Score]:
    """Returns metric name -> score over all seeds and subjects of `counts` [T, S, ...]."""
    resampled = Resampling(counts.shape[1], seed).of(counts)
    return {name: make_score(metric(counts.sum((0, 1))), metric(resampled)) for name, metric in metrics.items()}


def make_score(value: Float64, resampled: Float64) -> Score:
    """Returns the score of a value and its resamples [RESAMPLES]."""
    low, high = np.percentile(resampled, [100 * (1 - COVERAGE) / 2, 100 * (1 + COVERAGE) / 2])
    # The last digits of a mean depend on the order of its terms. They must not decide which method is best.
    return Score(*(round(float(end), 9) for end in (value, low, high)))
