"""Joins what the repeats of a trial found, each on its own split of the subjects: means, and each subject's sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sweeps.objectives.reading import Right


@dataclass(frozen=True)
class Ending:
    """Holds what the end of one training found."""

    value: float
    right: Right
    also: Mapping[str, float]  # objective -> its number


def join_endings(endings: Sequence[Ending]) -> Ending:
    """Returns the mean of the values, the sums of each subject, and the mean of what all found besides."""
    shared = set.intersection(*(set(one.also) for one in endings))
    also = {name: _average([one.also[name] for one in endings]) for name in sorted(shared)}
    return Ending(_average([one.value for one in endings]), _add([one.right for one in endings]), also)


def _average(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 6)


def _add(parts: Sequence[Right]) -> Right:
    found: dict[str, tuple[float, int]] = {}
    for part in parts:
        for name, (told, clips) in part.items():
            before, of = found.get(name, (0, 0))
            found[name] = (round(told + before, 6), clips + of)
    return dict(sorted(found.items()))
