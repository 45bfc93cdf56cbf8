"""Compares two methods on the same clips: the difference of accuracies, with an interval over subjects.

Two methods often err on the same clips, so the interval of the difference is narrower than those of the scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from bench.evaluation import Answer
from bench.statistics.intervals import Score, bootstrap
from smile.arrays import Float64


def compare_methods(ours: Sequence[Answer], theirs: Sequence[Answer], seed: int) -> Score | None:
    """Returns the accuracy of `ours` minus that of `theirs`, as fractions; None where they tested different clips.

    The same subjects are drawn with replacement for both (paired bootstrap, Efron & Tibshirani 1993, chapter 8).
    """
    asked = _asked(ours)
    if not asked or asked != _asked(theirs):
        return None
    totals = Counter[str]()
    for (_, subject, _), times in asked.items():
        totals[subject] += times
    right, other = _right(ours), _right(theirs)
    counts = np.array([[right[name] - other[name], totals[name]] for name in sorted(totals)], dtype=np.float64)
    return bootstrap(counts, seed, {"gain": _share})["gain"]


def _asked(predictions: Sequence[Answer]) -> Counter[tuple[str, str, tuple[str, ...]]]:
    """Returns (clip, subject, truth) -> how often the clip was tested."""
    asked = Counter[tuple[str, str, tuple[str, ...]]]()
    for one in predictions:
        asked[one.clip, one.subject, one.truth] += one.times
    return asked


def _right(predictions: Sequence[Answer]) -> Counter[str]:
    """Returns subject -> how often a prediction was right."""
    right = Counter[str]()
    for one in predictions:
        right[one.subject] += one.times * (one.predicted == one.truth)
    return right


def _share(counts: Float64) -> Float64:
    return np.asarray(counts[..., 0] / counts[..., 1])
