"""Decides whether settings win, tie or lose against the default, from repeated runs of each; corrects for their number.

Letters in shapes: S subjects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.statistics.permutation import LEVEL, correct_all, flip_signs
from smile.arrays import Float64
from sweeps.objectives.reading import Right
from sweeps.studies import Sample

RESAMPLES = 2000


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
    rng = np.random.default_rng(seed)
    verdicts = []
    for (setting, _), differences, p in zip(others, found, values, strict=True):
        drawn = differences[rng.integers(len(differences), size=(RESAMPLES, len(differences)))].mean(axis=1)
        low, high = np.percentile(drawn, (2.5, 97.5))
        error = differences.std(ddof=1) / np.sqrt(len(differences))
        mean, low, high, error = (round(float(one), 9) for one in (differences.mean(), low, high, error))
        verdicts.append(Verdict(setting, mean, low, high, error, p))
    return verdicts


def _subtract(ours: Mapping[int, Right], theirs: Mapping[int, Right]) -> Float64:
    """Returns each subject's mean difference [S], in the order of names."""
    differences: dict[str, list[float]] = {}
    for number in sorted(set(ours) & set(theirs)):
        for name in sorted(set(ours[number]) & set(theirs[number])):
            (told, clips), (other, _) = ours[number][name], theirs[number][name]
            differences.setdefault(name, []).append((told - other) / clips)
    return np.array([np.mean(differences[name]) for name in sorted(differences)])
