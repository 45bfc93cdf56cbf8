"""Defines how the synthetic face moves: every FACS shape is a sum of local pulls on the skin.

A pull drags the skin around a point or along a line; its strength falls off like a normal curve. Furrows are narrow
inward pulls. The amplitudes are our choice, about as large as in blendshapes of real faces.
Letters in shapes: V vertices, S shapes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from smile.arrays import Float64
from smile.stand_ins import blendshapes
from smile.stand_ins.synthetic_mesh import (
    EYE,
    EYE_FOCUS,
    EYEBALL_DEPTH,
    LID,
    MOUTH,
    MOUTH_FOCUS,
    NeutralMesh,
    close_mouth,
    ellipse,
    head,
    mirrored,
    on_eyeball,
    smooth,
)

Pair = tuple[float, float]


@dataclass(frozen=True)
class Pull:
    """Moves the skin around `at`, or along the line from `at` to `to`; places are (s, v) on the left half, mm."""

    at: Pair
    reach: Pair  # one standard deviation along s and v
    move: tuple[float, float, float]  # towards the left, up and out of the face
    to: Pair | None = None
    lip: str = ""  # "upper" or "lower": moves only this side of the mouth


#: Name of a shape without its side -> pulls of its left side.
_SIDED: dict[str, tuple[Pull, ...]] = {
    "browInnerUp": (
        Pull((13, 57), (10, 10), (0.3, 7.0, 0.8)),
        Pull((0, 71), (6, 2.0), (0, 0, -1.3), to=(14, 72)),
        Pull((0, 80), (6, 2.0), (0, 0, -0.9), to=(10, 81)),
    ),
    "browOuterUp": (
        Pull((42, 58), (15, 10), (1.5, 8.5, 0.0)),
        Pull((28, 73), (7, 2.0), (0, 0, -1.1), to=(42, 71)),
    ),
    "browDown": (
        Pull((15, 56), (10, 9), (-3.5, -5.5, 2.2)),
        Pull((36, 58), (12, 8), (-2.5, -4.0, 2.0)),
        Pull((4.5, 51), (2.0, 3), (0, 0, -2.0), to=(5.0, 62)),
    ),
    "cheekSquint": (
        Pull((42, 8), (14, 11), (-0.5, 5.5, 3.4)),
        Pull((22, 20), (2, 2), (0, 0, -1.6), to=(44, 19)),
        Pull((55, 38), (5, 1.6), (0, 0, -1.1), to=(60, 42)),
        Pull((55, 30), (5, 1.6), (0, 0, -1.1), to=(60, 27)),
    ),
    "eyeSquint": (Pull((30, 20), (13, 6), (-1.5, 2.2, 1.4)), Pull((34, 48), (12, 5), (0, -1.2, 0.6))),
    "noseSneer": (
        Pull((14, 0), (7, 9), (0.5, 6.5, 1.2)),
        Pull((26, -8), (11, 12), (-0.5, 7.0, 2.8)),
        Pull((13, -24), (9, 7), (0, 5.0, 0.8), lip="upper"),
        Pull((1, 33), (1, 1.7), (0, 0, -1.6), to=(9, 30)),
        Pull((1, 26), (1, 1.7), (0, 0, -1.5), to=(10, 23)),
        Pull((17, 4), (2.0, 2.0), (0, 0, -3.2), to=(29, -20)),
        Pull((14, 54), (10, 8), (-1.5, -3.2, 1.2)),
    ),
    "mouthUpperUp": (
        Pull((12, -24), (10, 8), (0.8, 7.5, 0.3), lip="upper"),
        Pull((13, -3), (5, 6), (1.2, 2.8, 0)),
        Pull((18, -1), (2.0, 2.0), (0, 0, -2.4), to=(31, -24)),
        Pull((27, -6), (6, 8), (0, 3.0, 1.8)),
    ),
    "mouthSmile": (
        Pull((25, -34), (12, 11), (7.5, 9.5, -6.0)),
        Pull((40, -6), (13, 13), (1.5, 4.0, 4.6)),
        Pull((18, -4), (2.2, 2.2), (0, 0, -3.0), to=(36, -32)),
    ),
    "mouthFrown": (
        Pull((26, -36), (9, 8), (1.5, -6.5, -1.6)),
        Pull((29, -42), (2.0, 2.0), (0, 0, -2.2), to=(32, -54)),
        Pull((14, -64), (9, 8), (0, 1.5, 1.2)),
    ),
    "mouthDimple": (
        Pull((25, -34), (9, 8), (5.5, 0.8, -5.5)),
        Pull((32, -34), (3.0, 4.0), (0, 0, -3.0)),
        Pull((29, -27), (2.0, 2.0), (0, 0, -1.6), to=(31, -41)),
    ),
    "cheekPuff": (Pull((42, -26), (15, 16), (2.5, 0, 8.0)), Pull((20, -31), (9, 9), (-1.5, 0, 2.0))),
    "mouthLowerDown": (Pull((12, -43), (11, 8), (0.8, -5.0, -0.8), lip="lower"),),
    "mouthStretch": (
        Pull((25, -34), (12, 10), (8.0, -3.0, -5.0)),
        Pull((40, -58), (14, 12), (3.0, -3.5, 0.8)),
        Pull((34, -26), (2, 2), (0, 0, -1.6), to=(37, -42)),
    ),
    "mouthPress": (
        Pull((11, -27), (12, 4), (-0.3, -2.0, -1.8), lip="upper"),
        Pull((11, -40), (12, 4), (-0.3, 2.6, -1.8), lip="lower"),
        Pull((13, -64), (10, 8), (0, 3.0, 1.8)),
        Pull((28, -30), (2.2, 2), (0, 0, -1.8), to=(29, -38)),
    ),
}

#: Shapes without sides -> pulls of the left side; those away from the middle are mirrored.
_CENTRAL: dict[str, tuple[Pull, ...]] = {
    "mouthShrugLower": (
        Pull((0, -65), (14, 9), (0, 8.0, 2.2)),
        Pull((0, -42), (16, 7), (0, 6.0, 4.5), lip="lower"),
        Pull((0, -28), (16, 6), (0, 3.0, 2.0), lip="upper"),
        Pull((0, -52), (12, 2.2), (0, 0, -2.4)),
    ),
    "mouthShrugUpper": (Pull((0, -27), (13, 7), (0, 5.5, 1.0), lip="upper"),),
    "mouthRollUpper": (Pull((0, -27.5), (17, 4), (0, -4.5, -5.0), lip="upper"),),
    "mouthRollLower": (Pull((0, -39.5), (17, 4), (0, 5.0, -5.0), lip="lower"),),
    "mouthPucker": (Pull((24, -34), (9, 10), (-6.0, 1.5, 7.5)), Pull((0, -34), (13, 10), (0, 0, 6.0))),
    "mouthFunnel": (
        Pull((0, -27), (15, 6), (0, 3.5, 6.5), lip="upper"),
        Pull((0, -40), (15, 7), (0, -5.0, 6.5), lip="lower"),
        Pull((24, -34), (9, 10), (-5.0, 0, 4.0)),
    ),
    "mouthLeft": (Pull((0, -34), (24, 14), (13.0, 0, -1.0)),),
    "mouthRight": (Pull((0, -34), (24, 14), (-13.0, 0, -1.0)),),
}

#: Name of a shape without its side -> mm that the edges of the upper and the lower lid rise.
_LIDS = {
    "eyeBlink": (-8.6, 0.6),
    "eyeWide": (3.2, -0.4),
    "eyeSquint": (-1.0, 2.4),
    "cheekSquint": (-0.3, 1.8),
    "eyeLookUp": (2.4, 0.8),
    "eyeLookDown": (-4.5, -1.0),
}

#: Gaze: name of a shape without its side -> degrees that the left eye turns up and towards the subject's left.
_GAZE = {"eyeLookUp": (20, 0), "eyeLookDown": (-25, 0), "eyeLookOut": (0, 25), "eyeLookIn": (0, -25)}

_JAW_HINGE = np.array([0.0, 8.0, 22.0])
_JAW_OPENING = 18.0  # degrees at full weight
_JAW_SIDE = 8.0  # mm at full weight


def build_shapes(mesh: NeutralMesh) -> Float64:
    """Returns how far every shape of blendshapes.SHAPES moves every vertex at full weight, [S, V, 3] mm."""
    return np.stack([_shape(mesh, name) for name in blendshapes.SHAPES])


def pull_skin(mesh: NeutralMesh, pulls: tuple[Pull, ...], sign: float = 1.0) -> Float64:
    """Returns how far the pulls move each vertex, [V, 3] mm; `sign` -1 pulls the right side instead of the left.

    The skin slides along the head, so that e.g. a raised brow moves up the forehead; an eyeball moves as a whole.
    """
    places, _ = close_mouth(mesh.chart)
    slide, out = np.zeros_like(places), np.zeros(len(places))
    for pull in pulls:
        weight = _weigh(mesh.chart, places, pull, sign)
        slide += weight[:, None] * [pull.move[0] * sign, pull.move[1]]
        out += weight * pull.move[2]
    moved = head(places + slide) - head(places)
    moved[:, 2] += out
    return moved


def mirror(pulls: tuple[Pull, ...]) -> tuple[Pull, ...]:
    """Returns the same pulls on the right half, without pulls that are in the middle."""
    return tuple(
        replace(
            pull,
            at=(-pull.at[0], pull.at[1]),
            to=(-pull.to[0], pull.to[1]) if pull.to else None,
            move=(-pull.move[0], *pull.move[1:]),
        )
        for pull in pulls
        if pull.at[0]
    )


def _weigh(chart: Float64, places: Float64, pull: Pull, sign: float) -> Float64:
    """Returns the strength of a pull at each place, [V], 1 at its centre."""
    start, reach = np.array(pull.at), np.array(pull.reach)
    line = np.array(pull.to if pull.to else pull.at) - start
    offset = places * [sign, 1] - start
    along = np.clip(offset @ line / max(float(line @ line), 1e-9), 0, 1)
    weight = np.exp(-0.5 * (((offset - along[:, None] * line) / reach) ** 2).sum(axis=1))
    if pull.lip:
        side = 1.0 if pull.lip == "upper" else -1.0
        weight = weight * smooth(side * (chart[:, 1] - MOUTH[1]), -2.5, 2.5)
    return np.asarray(weight)


def _shape(mesh: NeutralMesh, name: str) -> Float64:
    stem, sign = (name[:-2], 1.0 if name.endswith("_L") else -1.0) if name[-2:] in ("_L", "_R") else (name, 0.0)
    moved = np.zeros_like(mesh.vertices)
    if name.startswith("jaw"):
        return _move_jaw(mesh, name)
    if stem in _SIDED:
        # Half of a pull near the middle belongs to the other side; both halves together give the whole pull.
        moved += pull_skin(mesh, _SIDED[stem], sign) * smooth(sign * mesh.vertices[:, 0], -8, 8)[:, None]
    if stem in _CENTRAL:
        moved += pull_skin(mesh, _CENTRAL[stem] + mirror(_CENTRAL[stem]))
    moved[mesh.skin :] = 0
    if stem in _LIDS:
        moved += _move_lids(mesh, *_LIDS[stem]) * (sign * mesh.chart[:, :1] > 0)
    if stem in _GAZE:
        moved += _turn_eye(mesh, *_GAZE[stem], sign)
    return moved


def _move_lids(mesh: NeutralMesh, upper: float, lower: float) -> Float64:
    """Slides the lids of both eyes over the eyeballs; returns the motion [V, 3]."""
    places = mesh.chart
    short, angle = ellipse(mirrored(places), EYE, EYE_FOCUS)
    rise = np.where(np.sin(angle) > 0, upper, lower) * np.abs(np.sin(angle)) * smooth(short, 15, LID)
    after = places + np.stack([np.zeros(len(places)), rise], axis=1)
    grip = smooth(short, 15, 8)
    moved = np.stack([np.zeros(len(places)), rise, grip * (on_eyeball(after) - on_eyeball(places))], axis=1)
    moved[mesh.skin :] = 0
    return moved


def _turn_eye(mesh: NeutralMesh, up: float, out: float, sign: float) -> Float64:
    """Turns the eyeball of one side about its centre; returns the motion [V, 3]. `out` is away from the nose."""
    moved = np.zeros_like(mesh.vertices)
    count = (len(mesh.vertices) - mesh.skin) // 2
    ball = slice(mesh.skin, mesh.skin + count) if sign > 0 else slice(mesh.skin + count, None)
    centre = np.array([EYE[0] * sign, EYE[1], EYEBALL_DEPTH])
    spokes = mesh.vertices[ball] - centre
    moved[ball] = Rotation.from_euler("YX", [out * sign, -up], degrees=True).apply(spokes) - spokes
    return moved


def _move_jaw(mesh: NeutralMesh, name: str) -> Float64:
    """Opens the lower jaw about its hinges, or moves it aside; returns the motion [V, 3]."""
    places, _ = close_mouth(mesh.chart)
    aside = np.abs(places[:, 0])
    # The lower the skin lies, the more it moves along. Between the lips, all of the motion belongs to the lower lip.
    cheek = smooth(places[:, 1] + 0.4 * np.maximum(aside - 20, 0), -8, -68)
    parted = np.maximum(1 - (aside / (MOUTH_FOCUS + 1)) ** 2, 0) ** 0.7
    lower = smooth(mesh.chart[:, 1] - MOUTH[1], 1.5, -1.5)
    grip = lower * (cheek + (1 - cheek) * parted) + (1 - lower) * cheek * (1 - parted)
    grip[mesh.skin :] = 0
    if name != "jawOpen":
        return grip[:, None] * [_JAW_SIDE if name == "jawLeft" else -_JAW_SIDE, 0, 0]
    arm = mesh.vertices - _JAW_HINGE
    opened = Rotation.from_euler("X", _JAW_OPENING, degrees=True).apply(arm) - arm
    return np.asarray(grip[:, None] * opened)
