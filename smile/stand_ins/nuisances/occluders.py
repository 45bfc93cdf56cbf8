"""TABLE OCCLUDERS: builds what hides part of a face, as geometry around an average face.

Places are mm in the face frame of smile.data.landmarks.STABLE_POINTS: +x towards the subject's left, +y up, +z out of
the face; the eyes lie at a height of 38, the tip of the nose at (0, 9, 71), the mouth at a height of -25.
Shapes and sizes are our choice, within what people have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from smile.arrays import Float64
from smile.stand_ins.nuisances.occlusion import lay_on
from smile.stand_ins.nuisances.solids import Solid, dome, hoop, join_solids, tube

#: Middle (y, z) and half axes (x, y, z) of the head under the hair, mm.
_HEAD, _AXES = np.array([20.0, -36.0]), np.array([80.0, 104.0, 84.0])

_LOCKS = 44  # of a fringe
_WORN, _AWAY = 1.0, (3.0, 20.0)  # mm between the skin and what is worn, and between it and a hand

#: Places that a hand touches, and the direction in degrees in which it points there; mirrored for the other hand.
_TOUCHED = (
    ((0.0, -30.0), 100.0),  # in front of the mouth
    ((28.0, -12.0), 110.0),  # on the cheek
    ((30.0, 38.0), 105.0),  # over an eye
    ((12.0, -62.0), 120.0),  # at the chin
)


def draw_occluder(rng: np.random.Generator, face: Float64, kinds: Sequence[str] = ()) -> Solid:
    """Draws one of OCCLUDERS, or of these `kinds`, in front of a face with vertices [V, 3] in the face frame."""
    names = tuple(kinds) or tuple(OCCLUDERS)
    name = names[int(rng.integers(len(names)))]
    return lay_on(OCCLUDERS[name](rng), face, rng.uniform(*_AWAY) if name == "hand" else _WORN)


def _grow_hair(rng: np.random.Generator) -> tuple[Solid, ...]:
    """Hangs a fringe over the forehead and the brows, and locks over both temples."""
    lowest, parting = rng.uniform(32, 54), rng.uniform(-30, 30)
    roots = np.linspace(-68, 68, _LOCKS) + rng.uniform(-1.5, 1.5, _LOCKS)
    ends = lowest + rng.uniform(-6, 6, _LOCKS) + 0.1 * np.abs(roots - parting)
    fringe = [_hang_lock(rng, x, 114 - x * x / 160, y, 0.12 * (x - parting)) for x, y in zip(roots, ends, strict=True)]
    side = rng.uniform(-60, 10)
    temples = [_hang_lock(rng, s * x, 70.0, side + rng.uniform(-10, 10), 0.0) for s in (-1, 1) for x in (66, 71, 76)]
    return (*fringe, *temples)


def _hang_lock(rng: np.random.Generator, x: float, top: float, end: float, aside: float) -> Solid:
    """Returns a lock that hangs over the head from a height `top` to `end`, and `aside` mm towards +x."""
    share = np.linspace(0, 1, 12)
    across = np.clip(x + aside * share + rng.uniform(0.5, 2) * np.sin(share * rng.uniform(2, 5)), -79, 79)
    height = top + (end - top) * share
    inside = 1 - (across / _AXES[0]) ** 2 - ((height - _HEAD[0]) / _AXES[1]) ** 2
    path = np.stack([across, height, _HEAD[1] + _AXES[2] * np.sqrt(np.maximum(inside, 0.01))], axis=1)
    taper = np.sqrt(np.clip(1.02 - share, 0, 1))
    return tube(path, rng.uniform(3.5, 5.5) * taper, rng.uniform(1.5, 3.0) * taper, _lean(path), sides=8)


def _put_glasses_on(rng: np.random.Generator) -> tuple[Solid, ...]:
    """Puts rims, bridge and arms around the eyes; in one case of two with lenses that a scanner cannot see through."""
    wide, high, thick = rng.uniform(22, 27), rng.uniform(15, 21), rng.uniform(1.3, 2.6)
    corner, dark = rng.uniform(2, 3.5), rng.random() < 0.5
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    parts = []
    for side in (1, -1):
        oval = np.stack([_bulge(np.cos(turn), corner) * wide, _bulge(np.sin(turn), corner) * high], axis=1)
        rim = _curve(np.array([side * 33.0, 37.0]) + oval)
        parts.append(hoop(rim, thick, (0, 0, 1)))
        parts += [dome(rim, 1.5)] if dark else []
        arm = np.linspace(_curve(np.array([[side * (33 + wide), 41.0]]))[0], [side * 80, 43, -35], 30)
        parts.append(tube(arm, 2.2, thick, (side, 0, 0), sides=8))
    bridge = np.linspace(-33 + wide, 33 - wide, 12)
    parts.append(tube(_curve(np.stack([bridge, 42 + 2 * np.cos(bridge / 6)], axis=1)), thick, thick, (0, 0, 1), 8))
    return (join_solids(parts),)


def _raise_hand(rng: np.random.Generator) -> tuple[Solid, ...]:
    """Holds a hand in front of mouth, cheek, eye or chin: palm, four fingers, a thumb and a wrist."""
    (x, y), points = _TOUCHED[int(rng.integers(len(_TOUCHED)))]
    side = 1 if rng.random() < 0.5 else -1
    spread, size = rng.uniform(2, 9), rng.uniform(0.88, 1.05)
    palm = np.stack([np.zeros(18), np.linspace(-130, 2, 18), np.zeros(18)], axis=1)
    wide = np.interp(palm[:, 1], (-130, -90, -75, -30, -5, 2), (27, 28, 36, 41, 39, 30))
    parts = [tube(palm, wide, np.interp(palm[:, 1], (-130, -20, 2), (18, 13, 8)), (0, 0, 1), 24)]
    for number, length in enumerate((62.0, 76.0, 80.0, 70.0)):
        parts.append(_point(12 + 18.5 * (number - 2), -2.0, (number - 1.5) * -spread, length, rng.uniform(0.1, 0.5)))
    parts.append(_point(38.0, -62.0, -40.0, 62.0, 0.2))
    hand = join_solids(parts)
    # The middle of the fingers comes to the place that is touched.
    turn = Rotation.from_euler("z", points - 90 + rng.uniform(-15, 15), degrees=True).as_matrix()
    placed = (hand.vertices - [0, 40, 0]) @ turn.T * size + [x, y, 60] + [*rng.uniform(-8, 8, 2), 0]
    # The other hand is the mirror image, with its triangles turned around.
    return (Solid(placed * [side, 1, 1], hand.triangles[:, ::side]),)


def _point(x: float, y: float, turn: float, length: float, curl: float) -> Solid:
    """Returns a finger from (x, y), turned by `turn` degrees, with its tip bent towards the face by `curl` rad."""
    along = np.linspace(0, length, 24)
    bend = curl * (along / length) ** 2
    away = np.stack([np.zeros(24), np.cumsum(np.cos(bend)), -np.cumsum(np.sin(bend))], axis=1) * (length / 24)
    path = away @ Rotation.from_euler("z", turn, degrees=True).as_matrix().T + [x, y, 0]
    tip = np.sqrt(np.clip(1 - np.maximum(along / length * 10 - 9, 0) ** 2, 0.05, 1))
    return tube(path, np.linspace(9.3, 7.2, 24) * tip, np.linspace(8.5, 6.3, 24) * tip, (0, 0, 1), 12)


def _lean(path: Float64) -> tuple[float, float, float]:
    """Returns the direction out of the head in the middle of a path."""
    middle = path[len(path) // 2]
    return (float(middle[0]), 0.0, float(middle[2] - _HEAD[1]))


def _bulge(wave: Float64, corner: float) -> Float64:
    """Makes a superellipse of an ellipse: `corner` 2 is round, more is square."""
    return np.asarray(np.sign(wave) * np.abs(wave) ** (2 / corner))


def _curve(flat: Float64) -> Float64:
    """Lays places [P, 2] of glasses on their front, which is curved around the face; returns [P, 3]."""
    return np.column_stack([flat, 52 - flat[:, 0] ** 2 / 210])


#: Name -> draws one such thing, as parts that are laid onto the face one by one.
OCCLUDERS: dict[str, Callable[[np.random.Generator], tuple[Solid, ...]]] = {
    "hair": _grow_hair,
    "glasses": _put_glasses_on,
    "hand": _raise_hand,
}
