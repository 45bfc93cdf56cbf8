"""TABLE IDENTITIES: how the face of a subject is drawn from a face model.

`modes` adds the model's identity modes with random weights. `blended` joins parts of several such faces, so that faces
are no linear function of the modes, and hundreds of subjects do not fill the same few dimensions.
Letters in shapes: V vertices, I identity modes, D donors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from smile.arrays import Float32, Float64
from smile.data.landmarks import SCHEMES
from smile.stand_ins.performance import generator, smooth_step

if TYPE_CHECKING:  # it takes numba, which a command imports only when it acts
    from smile.stand_ins.face_model import FaceModel

#: Faces that a blended face takes its parts from.
_DONORS = 4
_REACH = 45.0  # mm: how far a part reaches around its middle
_EYE, _SOCKET = 17.0, 38.0  # mm from the middle of an eye: inside, all comes from the same mix; outside, nothing does
_LIMIT = 2.0  # standard deviations: no mode is further from the mean


def draw_modes(model: FaceModel, seed: int, subject: str) -> Float32:
    """Returns a neutral face [V, 3]: each mode is drawn from a normal curve."""
    return model.sculpt(_draw(model, generator(seed, "identity", subject)))


def draw_blended(model: FaceModel, seed: int, subject: str) -> Float32:
    """Returns a neutral face [V, 3] whose parts come from several faces, with seams as wide as a cheek.

    The squares of a vertex's weights sum to one, so that faces vary as much as those of `draw_modes`.
    """
    rng = generator(seed, "blended identity", subject)
    middles = model.neutral[rng.integers(len(model.neutral), size=_DONORS)].astype(np.float64)
    face = model.neutral.astype(np.float64)
    for weight in _weigh_parts(_gather_eyes(model), middles):
        donor = model.sculpt(_draw(model, rng))
        face += weight[:, None] * (donor - model.neutral)
    return face.astype(np.float32)


def _draw(model: FaceModel, rng: np.random.Generator) -> Float32:
    return np.clip(rng.standard_normal(len(model.identities)), -_LIMIT, _LIMIT).astype(np.float32)


def _gather_eyes(model: FaceModel) -> Float64:
    """Returns places [V, 3] where each eye is one point, so that lids and eyeball are never parted."""
    places = model.neutral.astype(np.float64)
    marks = model.anchors.ride(model.neutral)
    for eye in ("eye_a", "eye_b"):
        middle = marks[SCHEMES["bu83"][eye]].mean(axis=0)
        away = np.sqrt(((model.neutral - middle) ** 2).sum(axis=1))
        places += smooth_step((_SOCKET - away) / (_SOCKET - _EYE))[:, None] * (middle - places)
    return places


def _weigh_parts(places: Float64, middles: Float64) -> Float64:
    """Returns how much each vertex takes of each donor, [D, V]: most from the donor whose middle is nearest."""
    gaps = np.stack([((places - middle) ** 2).sum(axis=1) for middle in middles])
    nearness = np.exp(-0.5 * (gaps - gaps.min(axis=0)) / _REACH**2)
    return np.asarray(nearness / np.sqrt((nearness**2).sum(axis=0)))


#: Name on the command line -> a function of the model, the seed and the subject.
IDENTITIES: dict[str, Callable[[FaceModel, int, str], Float32]] = {"modes": draw_modes, "blended": draw_blended}
