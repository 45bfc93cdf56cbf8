"""Decides whether settings win, tie or lose against the default, from repeated runs of each; corrects for their number.

Letters in shapes: S subjects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.statistics.intervals import bootstrap
from bench.statistics.permutation import LEVEL, correct_all, flip_signs
from smile.arrays import Float64
from sweeps.objectives.reading import Right
from sweeps.studies import Sample


@dataclass(frozen=True)
class Verdict:
    """Holds the difference of a setting from the default, as fractions of clips that are right."""

    setting: Sample
    difference: float  # mean over subjects
    low: float  # 95 % percentile bootstrap over subjects
    high: float
    error: float  # standard error over subjects
    p: float  # sign flips over subjects, corrected for the number of settings (Holm)

    @property
    def says(self) -> str:
        """Whether the setting wins, ties or loses."""
        if self.p >= LEVEL:
            return "ties"
        return "wins" if self.difference > 0 else "loses"


def judge_settings(
    runs: Mapping[int, Right], others: Sequence[tuple[Sample, Mapping[int, Right]]], seed: int
) -> list[Verdict]:
    """Returns the verdict on each of `others` against the default's `runs`: seed -> what was right with this seed.

    Seeds that one of two settings lacks do not count for them. A subject's differences are averaged over the seeds in
    which it was validated, and then tested over subjects, who are what a sample of people is made of.
    """
    found = [_subtract(theirs, runs) for _, theirs in others]
    values = correct_all([flip_signs(differences, seed) for differences in found])
    verdicts = []
    for (setting, _), differences, p in zip(others, found, values, strict=True):
        counted = np.stack([differences, np.ones_like(differences)], axis=1)
        gain = bootstrap(counted, seed, {"gain": _average})["gain"]
        error = round(float(differences.std(ddof=1) / np.sqrt(len(differences))), 9)
        verdicts.append(Verdict(setting, gain.value, gain.low, gain.high, error, p))
    return verdicts


def _average(counted: Float64) -> Float64:
    """Returns the mean difference, from sums of differences and of subjects [..., 2]."""
    return np.asarray(counted[..., 0] / counted[..., 1])


def _subtract(ours: Mapping[int, Right], theirs: Mapping[int, Right]) -> Float64:
    """Returns each subject's mean difference [S], in the order of names."""
    differences: dict[str, list[float]] = {}
    for number in sorted(set(ours) & set(theirs)):
        for name in sorted(set(ours[number]) & set(theirs[number])):
            (told, clips), (other, _) = ours[number][name], theirs[number][name]
            differences.setdefault(name, []).append((told - other) / clips)
    return np.array([np.mean(differences[name]) for name in sorted(differences)])
