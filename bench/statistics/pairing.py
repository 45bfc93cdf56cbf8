"""Compares two methods on the same clips: the difference, its interval, and whether it can be told from chance.

Two methods often err on the same clips, so the interval of the difference is narrower than those of the scores.
Letters in shapes: T seeds, S subjects, k points of a curve of labelled subjects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.answer import Answer, Findings
from bench.statistics.curves import count_points, main_points, measure_area, weigh_points
from bench.statistics.intervals import Resampling, Score, make_score
from bench.statistics.permutation import flip_signs
from smile.arrays import Float64


@dataclass(frozen=True)
class Comparison:
    """Holds how a method differs from another in the probe's main number, as fractions."""

    gain: Score  # interval over subjects and seeds
    p: float  # of one test alone
    error: float  # standard error of the difference over subjects


def compare_methods(ours: Sequence[Findings], theirs: Sequence[Findings], seed: int) -> Comparison | None:
    """Returns how `ours` differ from `theirs`, each one or several seeds; None where they tested different clips.

    The same subjects are drawn for both (paired bootstrap, Efron & Tibshirani 1993, chapter 8). For the p-value, the
    difference of a subject is averaged over the seeds.
    """
    if not ours or not theirs or not _agree([*ours, *theirs]):
        return None
    points = main_points(ours[0])
    subjects = sorted(points[0].asked)
    pair = [np.stack([count_points(main_points(one), subjects) for one in runs]) for runs in (ours, theirs)]
    area, draw = measure_area([tally.labelled for tally in points]), Resampling(len(subjects), seed)
    resampled = [area(draw.of(counts, method)) for method, counts in enumerate(pair)]
    value = area(pair[0].sum((0, 1))) - area(pair[1].sum((0, 1)))
    shares = _shares(pair[0], weigh_points([tally.labelled for tally in points]))
    shares -= _shares(pair[1], weigh_points([tally.labelled for tally in points]))
    error = float(np.sqrt(len(shares) * shares.var(ddof=1))) if len(shares) > 1 else 0.0
    return Comparison(make_score(value, resampled[0] - resampled[1]), flip_signs(shares, seed), error)


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
