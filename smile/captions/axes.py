"""Holds how far each clip lies on axes between two opposite phrases: what its sentence says, with all its strength.

Letters in shapes: N clips, M axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smile.arrays import Float64
from smile.digests import digest


@dataclass(frozen=True, eq=False)
class Axes:
    """Holds the phrases at both ends of each axis, and the place of each clip on it.

    Example: the phrases ("mouth closed", "mouth open") and the score 1.5 mean that the mouth opened by 1.5 standard
    deviations more than in the average clip.
    """

    phrases: tuple[tuple[str, str], ...]  # [M] for less than the average clip, and for more
    scores: Float64  # [N, M] standard deviations from the average clip; NaN: not measured

    @property
    def ends(self) -> list[str]:
        """Returns the phrases of all low ends and then of all high ends [2 M], as the loss reads them."""
        return [low for low, _ in self.phrases] + [high for _, high in self.phrases]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Axes) and self.digest() == other.digest()

    def __hash__(self) -> int:
        return hash(self.digest())

    def digest(self) -> str:
        """Returns all 64 hexadecimal digits of the SHA-256 of phrases and scores."""
        rows = [[None if np.isnan(value) else value for value in row] for row in self.scores.tolist()]
        return digest([list(map(list, self.phrases)), rows], 64)


@dataclass(frozen=True)
class Said:
    """Holds what an arm says of the pretraining clips; row n belongs to clip n."""

    sentences: tuple[str, ...] | None = None  # [N]; "" for a clip of which nothing is known; None: without text
    axes: Axes | None = None  # None: the arm knows classes only, which have no strength
