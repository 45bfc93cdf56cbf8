"""Draws how long an expression takes to rise and to fall, as measured on people.

The percentiles are our own counts over the annotations of CAS(ME)3 (Li et al. 2022, doi 10.1109/TPAMI.2022.3174895):
3,346 macro- and 860 micro-expressions of people who watched films.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin, sqrt

import numpy as np
from scipy.special import ndtr

_STEPS = np.linspace(0, 1, 21)
#: Nothing is drawn beyond these: the slowest five in a hundred would last up to two minutes.
_LEAST, _MOST = 0.05, 0.95
#: Of the variance between clips, the share that lies between people (our choice).
_PERSONAL = 0.3
_SHORTEST = 1 / 30  # seconds: a frame of the annotated videos; an onset of 0 begins at the apex


@dataclass(frozen=True)
class Timing:
    """Holds percentiles 0, 5, ..., 100 of onset and offset in seconds, and their rank correlation (Spearman)."""

    onset: tuple[float, ...]  # from the first movement to the apex
    offset: tuple[float, ...]  # from the apex to the last movement
    correlation: float

    def draw(self, person: np.random.Generator, clip: np.random.Generator) -> tuple[float, float]:
        """Returns seconds of onset and offset of a clip; `person` gives the same for all clips of a person.

        Two normal numbers whose correlation belongs to the rank correlation (2 sin(pi r / 6), Pearson 1907) are looked
        up in the percentiles.
        """
        r = 2 * sin(pi * self.correlation / 6)
        pairs = sqrt(_PERSONAL) * person.standard_normal(2) + sqrt(1 - _PERSONAL) * clip.standard_normal(2)
        ranks = np.clip(ndtr([pairs[0], r * pairs[0] + sqrt(1 - r * r) * pairs[1]]), _LEAST, _MOST)
        onset, offset = np.interp(ranks[0], _STEPS, self.onset), np.interp(ranks[1], _STEPS, self.offset)
        return max(float(onset), _SHORTEST), max(float(offset), _SHORTEST)


# fmt: off
MACRO_TIMING = Timing(
    onset=(0.3, 0.333, 0.367, 0.4, 0.433, 0.467, 0.5, 0.533, 0.6, 0.667, 0.733,
           0.833, 0.9, 1.0, 1.167, 1.367, 1.6, 2.033, 2.817, 5.192, 69.567),
    offset=(0.0, 0.4, 0.533, 0.667, 0.767, 0.867, 0.967, 1.067, 1.2, 1.333, 1.5,
            1.7, 1.9, 2.167, 2.567, 3.033, 3.767, 4.767, 6.5, 11.15, 138.467),
    correlation=0.563,
)
MICRO_TIMING = Timing(
    onset=(0.0, 0.0, 0.1, 0.1, 0.133, 0.133, 0.167, 0.167, 0.167, 0.2, 0.2,
           0.2, 0.233, 0.233, 0.233, 0.233, 0.267, 0.267, 0.267, 0.267, 0.367),
    offset=(0.033, 0.133, 0.167, 0.2, 0.233, 0.267, 0.267, 0.333, 0.367, 0.433, 0.5,
            0.567, 0.633, 0.7, 0.833, 0.9, 1.067, 1.292, 1.633, 2.242, 115.167),
    correlation=0.114,
)
# fmt: on
