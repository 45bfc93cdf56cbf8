"""Compares two methods on the same clips: the difference, its interval, and whether it can be told from chance.

Two methods often err on the same clips, so the interval of the difference is narrower than those of the scores.
Letters in shapes: T seeds, S subjects, k points of a curve of labelled subjects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.answer import Answer, Findings
from bench.statistics.curves import count_points, main_points, measure_area, weigh_points
from bench.statistics.intervals import Resampling, Score, make_score
from bench.statistics.metrics import METRICS
from bench.statistics.permutation import flip_signs, swap_subjects
from bench.statistics.scores import count_subjects, metrics_of
from smile.arrays import Float64

#: Turns sums of counts [..., *] into one number [...].
Measure = Callable[[Float64], Float64]


@dataclass(frozen=True)
class Comparison:
    """Holds how a method differs from another in the number that ranks them, as fractions."""

    gain: Score  # interval over subjects and seeds
    p: float  # of one test alone
    error: float  # standard error of the difference over subjects


def compare_methods(
    ours: Sequence[Findings],
    theirs: Sequence[Findings],
    seed: int,
    metric: str = "accuracy",
    multilabel: bool = False,
) -> Comparison | None:
    """Returns how `ours` differ from `theirs`, each one or several seeds; None where they tested different clips.

    They are compared by the area of their curves where they have one, otherwise by `metric`. The same subjects are
    drawn for both (paired bootstrap, Efron & Tibshirani 1993, chapter 8). For the p-value, the difference of a subject
    is averaged over the seeds.
    """
    if not ours or not theirs or not _agree([*ours, *theirs]):
        return None
    if metric in METRICS and metric != "accuracy":
        return _compare_counts(ours, theirs, seed, metrics_of(multilabel)[metric], multilabel)
    points = main_points(ours[0])
    subjects = sorted(points[0].asked)
    pair = [np.stack([count_points(main_points(one), subjects) for one in runs]) for runs in (ours, theirs)]
    area = measure_area([tally.labelled for tally in points])
    shares = _shares(pair[0], weigh_points([tally.labelled for tally in points]))
    shares -= _shares(pair[1], weigh_points([tally.labelled for tally in points]))
    error = float(np.sqrt(len(shares) * shares.var(ddof=1))) if len(shares) > 1 else 0.0
    return Comparison(_gain(pair, area, seed), flip_signs(shares, seed), error)


def _compare_counts(
    ours: Sequence[Findings], theirs: Sequence[Findings], seed: int, measure: Measure, multilabel: bool
) -> Comparison:
    """Compares by a number that does not add up over subjects, from the counts of all clips together."""
    counts = count_subjects([one.answers for one in (*ours, *theirs)], multilabel)
    pair = [counts[: len(ours)], counts[len(ours) :]]
    means = [one.mean(0) for one in pair]  # over seeds, of which the two may have unequally many
    p = swap_subjects(means[0], means[1], measure, seed)
    return Comparison(_gain(pair, measure, seed), p, _jackknife(means, measure))


def _gain(pair: Sequence[Float64], measure: Measure, seed: int) -> Score:
    """Returns the difference of counts [T, S, ...] of two methods, with its interval."""
    draw = Resampling(pair[0].shape[1], seed)
    resampled = [measure(draw.of(counts, method)) for method, counts in enumerate(pair)]
    return make_score(measure(pair[0].sum((0, 1))) - measure(pair[1].sum((0, 1))), resampled[0] - resampled[1])


def _jackknife(means: Sequence[Float64], measure: Measure) -> float:
    """Returns the standard error over subjects of a difference, each left out in turn (Efron & Tibshirani, ch. 11)."""
    without = [measure(one.sum(0) - one) for one in means]
    subjects = len(means[0])
    return float(np.sqrt((subjects - 1) * (without[0] - without[1]).var()))


def _shares(counts: Float64, weights: Float64) -> Float64:
    """Returns what each subject adds to the main number [S], from counts [T, S, k, 2], averaged over seeds."""
    right, asked = counts[..., 0].mean(0), counts[..., 1].mean(0)
    return np.asarray((right / asked.sum(0)) @ weights)


def _agree(runs: Sequence[Findings]) -> bool:
    """Returns whether all runs were asked the same: the same clips, or the same subjects as often."""
    asked = [(_asked(one.answers), [(tally.labelled, tally.asked) for tally in main_points(one)]) for one in runs]
    return all(one == asked[0] for one in asked) and any(tally.asked for tally in main_points(runs[0]))


def _asked(answers: Sequence[Answer]) -> Counter[tuple[str, str, tuple[str, ...]]]:
    """Returns (clip, subject, truth) -> how often the clip was tested."""
    asked = Counter[tuple[str, str, tuple[str, ...]]]()
    for one in answers:
        asked[one.clip, one.subject, one.truth] += one.times
    return asked
