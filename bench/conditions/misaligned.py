"""The pose of every face is wrong: turned by 3 to 9 degrees, 3 to 9 % too large or small, shifted by 2 to 6 %.

The error is the same in all frames of a clip. Its axis of rotation and its shift have any direction; the shift is
given as a share of the 180 mm that a picture shows, so it is 3.6 to 10.8 mm. The error is made after the pose is found.
Made before, in the scan or in its landmarks, it would be undone: the pose step finds a moved head wherever it is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.conditions.condition import Condition
from smile.arrays import Float64
from smile.data.face import Clip, DataSet, PoseError
from smile.rendering.raster.cameras import HALF_EXTENT
from smile.stand_ins.performance import generator

_TURN = (3.0, 9.0)  # degrees
_SCALE = (0.03, 0.09)  # either way
_SHIFT = (0.02, 0.06)  # of the width that a picture shows


def _misalign(clip: Clip) -> Clip:
    rng = generator(0, "misaligned", clip.id)
    turn = _aim(rng) * rng.uniform(*_TURN)
    scale = 1 + (-1, 1)[int(rng.integers(2))] * rng.uniform(*_SCALE)
    shift = _aim(rng) * rng.uniform(*_SHIFT) * 2 * HALF_EXTENT
    return replace(clip, pose_error=PoseError(_plain(turn), float(scale), _plain(shift)))


def _aim(rng: np.random.Generator) -> Float64:
    """Returns a random direction, a unit vector [3]."""
    drawn = rng.standard_normal(3)
    return np.asarray(drawn / np.linalg.norm(drawn))


def _plain(vector: Float64) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return x, y, z


def _misalign_all(data_set: DataSet) -> DataSet:
    return replace(data_set, clips=tuple(map(_misalign, data_set.clips)))


MISALIGNED = Condition("misaligned by up to 9°, 9 %, 6 %", change=_misalign_all)
