"""Measures curves of accuracy over the number of labelled subjects, from counts [..., k, 2] of right and all answers.

Letters in shapes: T seeds, S subjects, k points of the curve.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from bench.answer import Answer, Findings, SubjectTally
from smile.arrays import Float64


def weigh_points(labelled: Sequence[int]) -> Float64:
    """Returns weights [k] of the points of a curve whose weighted sum is the area, as a fraction of the whole.

    The area is that under straight lines between the points, over the logarithm of the number of labelled subjects. The
    weights add up to one, so a curve that stands at 0.8 everywhere has the area 0.8. One point has the weight one.
    """
    if len(labelled) == 1:
        return np.ones(1)
    places = np.log(np.asarray(labelled, dtype=np.float64))
    steps = np.diff(places)
    return np.asarray((np.append(steps, 0) + np.insert(steps, 0, 0)) / (2 * (places[-1] - places[0])))


def measure_area(labelled: Sequence[int]) -> Callable[[Float64], Float64]:
    """Returns a function of counts [..., k, 2] that gives the area under the curve of these points [...]."""
    weights = weigh_points(labelled)
    return lambda counts: np.asarray(_share(counts) @ weights)


def measure_points(tallies: Sequence[SubjectTally]) -> Mapping[str, Callable[[Float64], Float64]]:
    """Returns metric -> function of counts [..., k, 2]: the accuracy at each point, and their area if it is a curve."""
    points: dict[str, Callable[[Float64], Float64]] = {
        tally.metric: partial(_measure_point, number) for number, tally in enumerate(tallies)
    }
    curve = [tally.labelled for tally in tallies]
    return points | ({"area": measure_area(curve)} if all(curve) else {})


def count_points(tallies: Sequence[SubjectTally], subjects: Sequence[str]) -> Float64:
    """Returns counts [S, k, 2] of right and all answers."""
    return np.array(
        [[[tally.right.get(name, 0), tally.asked.get(name, 0)] for tally in tallies] for name in subjects],
        dtype=np.float64,
    ).reshape(len(subjects), len(tallies), 2)


def main_points(findings: Findings) -> tuple[SubjectTally, ...]:
    """Returns what the main number is made of: the points of a curve, or right answers as a curve of one point."""
    curve = tuple(tally for tally in findings.tallies if tally.labelled)
    return curve or (tally_answers(findings.answers),)


def tally_answers(answers: Sequence[Answer]) -> SubjectTally:
    """Returns how often the clips of each subject were told right."""
    right: dict[str, float] = {}
    asked: dict[str, float] = {}
    for one in answers:
        right[one.subject] = right.get(one.subject, 0.0) + one.times * (one.predicted == one.truth)
        asked[one.subject] = asked.get(one.subject, 0.0) + one.times
    return SubjectTally("accuracy", 1, right, asked)


def _measure_point(number: int, counts: Float64) -> Float64:
    return np.asarray(_share(counts)[..., number])


def _share(counts: Float64) -> Float64:
    asked = counts[..., 1]
    return np.divide(counts[..., 0], asked, out=np.zeros_like(asked), where=asked > 0)
