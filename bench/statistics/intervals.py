"""Computes 95 % percentile bootstrap intervals, resampled over subjects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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


def bootstrap(
    counts: Float64, seed: int, metrics: Mapping[str, Callable[[Float64], Float64]] = METRICS
) -> dict[str, Score]:
    """Returns metric name -> score over all subjects; `counts` [S, ...] holds e.g. one confusion matrix per subject.

    Subjects are drawn with replacement, each with all clips. Clips of one face are not independent, so resampling clips
    would give intervals that are too narrow (Efron & Tibshirani 1993, chapter 8).
    """
    subjects = len(counts)
    draws = np.random.default_rng(seed).integers(subjects, size=(RESAMPLES, subjects))
    copies = np.stack([np.bincount(draw, minlength=subjects) for draw in draws]).astype(np.float64)
    resampled = np.tensordot(copies, counts, axes=1)
    tails = [100 * (1 - COVERAGE) / 2, 100 * (1 + COVERAGE) / 2]
    scores = {}
    for name, metric in metrics.items():
        low, high = np.percentile(metric(resampled), tails)
        ends = (float(metric(counts.sum(0))), float(low), float(high))
        # The last digits of a mean depend on the order of its terms. They must not decide which method is best.
        scores[name] = Score(*(round(end, 9) for end in ends))
    return scores
