"""Finds the face in a scan without landmarks: by the tip of the nose, the generic face and the plane of symmetry.

From several directions, the point that stands out most is taken as the tip of the nose, and the scan is laid onto the
generic face from there. Of the different results, the one with which most of the scan agrees is kept. The face's own
plane of symmetry then gives a better middle than the generic face. docs/rendering.md lists the errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from scipy.spatial.transform import Rotation

from smile.arrays import Float64
from smile.data.face import Scan
from smile.rendering.pose.generic_face import NOSE_TIP
from smile.rendering.pose.height_maps import front, generic_face, places, sample, sample_on
from smile.rendering.pose.registration import compose, cover, lay, measure_agreement, transform

_MANY, _FEW = 2500, 800  # points of a scan to lay onto a surface; a few are enough to choose a start
# Distances in mm beyond which points are ignored, one for each step.
_COARSE, _FINE = (30.0,) * 4 + (15.0,) * 6, (10.0,) * 8
_MIRRORED = (6.0, 4.0, 3.0, 3.0, 2.5, 2.5)
#: Turns to start from, as yaw and pitch: heads look roughly forwards. A mesh from elsewhere may lie on its back.
_TURNS = Rotation.from_euler("yx", list(product((-50, -25, 0, 25, 50), (-25, 0, 25))), degrees=True).as_matrix()
_ALL_TURNS = np.concatenate(
    [
        (Rotation.from_euler("yxz", angles, degrees=True) * Rotation.create_group("O")).as_matrix()
        for angles in product((-22.5, 22.5), repeat=3)
    ]
)
_SURE_AGREED, _SURE_COVERED = 0.4, 0.8  # fractions of points, of the generic face; below both, search everywhere
_ENDS, _APART = 4, 5.0  # number of results to refine; mm between two results that count as different
_SIZES = (0.8, 1.25)  # limits for the scale of a grown-up's face; a scan of half a face may give any scale
_GATE = 6.0  # mm from the generic face beyond which a point does not agree


def find_face(scan: Scan) -> Float64:
    """Returns the pose, with scale, that brings a scan into the face frame, even if little of the scan agrees."""
    found = _search(scan)
    if not _sure(scan, found):
        found = max(found, _search(scan, everywhere=True), key=lambda pose: _agree(scan, pose))
    return centre_on_symmetry(scan, found)


def centre_on_symmetry(scan: Scan, pose: Float64) -> Float64:
    """Turns and shifts `pose` a little, so that the face's plane of symmetry becomes x = 0.

    The face is laid onto its own mirror image, robustly, because expressions and crops are not symmetric. Mirroring
    and the found pose together are a reflection at the plane of symmetry (Pan et al. 2006).
    """
    x, y = places()
    for _ in range(2):
        surface = front(scan, pose, np.hypot(x / 60, (y - 10) / 75) < 1)
        points = transform(pose, sample_on(scan, surface, pose, _MANY))
        onto, share = lay(points * (-1, 1, 1), surface, np.eye(3, 4), _MIRRORED)
        if share == 0:
            return pose
        pose = compose(_take_to_middle(onto * (-1, 1, 1, 1), points), pose)
    return pose


def list_ends(scan: Scan, everywhere: bool = False) -> list[Float64]:
    """Returns the few poses, without scale, at which searches from different directions end, roughly laid.

    Most of them are wrong: the caller refines and chooses. `everywhere` starts from all directions, not from the front.
    """
    few = sample(scan, _FEW)
    turns = _ALL_TURNS if everywhere else _TURNS
    return _differ([lay(few, generic_face(), _start(few, turn), _COARSE) for turn in turns], few)


def _search(scan: Scan, everywhere: bool = False) -> Float64:
    """Returns the pose with which most of the scan agrees."""
    many = sample(scan, _MANY)
    return max([_fit(many, end) for end in list_ends(scan, everywhere)], key=lambda pose: _agree(scan, pose))


def _agree(scan: Scan, pose: Float64) -> float:
    return measure_agreement(sample(scan, _MANY), generic_face(), pose, _GATE)


def _sure(scan: Scan, pose: Float64) -> bool:
    """Returns whether most of the scan is face, or most of the face is in the scan (a whole head with its neck)."""
    covered = cover(scan.vertices.astype(np.float64), generic_face(), pose, _GATE)
    return _agree(scan, pose) > _SURE_AGREED or covered > _SURE_COVERED


def _start(points: Float64, turn: Float64) -> Float64:
    """Turns the points, and moves those that then stand out most to the tip of the nose."""
    turned = points @ turn.T
    tip = turned[np.argsort(-turned[:, 2], kind="stable")[: max(len(points) // 200, 1)]].mean(axis=0)
    return np.hstack([turn, (NOSE_TIP - tip)[:, None]])


def _differ(tried: Sequence[tuple[Float64, float]], points: Float64) -> list[Float64]:
    """Returns the best few of the (pose, fraction) results that put the points at different places."""
    kept: list[Float64] = []
    for pose, _ in sorted(tried, key=lambda trial: -trial[1]):
        gaps = [np.linalg.norm(transform(pose, points) - transform(other, points), axis=1).mean() for other in kept]
        if len(kept) < _ENDS and all(gap > _APART for gap in gaps):
            kept.append(pose)
    return kept


def _fit(points: Float64, start: Float64) -> Float64:
    rigid = lay(points, generic_face(), start, _FINE)[0]
    scaled = lay(points, generic_face(), rigid, _FINE * 2, scaled=True)[0]
    return scaled if _SIZES[0] < np.cbrt(np.linalg.det(scaled[:, :3])) < _SIZES[1] else rigid


def _take_to_middle(reflection: Float64, points: Float64) -> Float64:
    """Returns the small motion [3, 4] that moves the plane of a reflection [3, 4] of points [P, 3] to x = 0."""
    _, directions = np.linalg.eigh((reflection[:, :3] + reflection[:, :3].T) / 2)
    normal = directions[:, 0] * np.sign(directions[0, 0])
    middle = np.median((points + transform(reflection, points)) @ normal) / 2
    axis = np.cross(normal, (1.0, 0.0, 0.0))
    sine = np.linalg.norm(axis)
    turn = Rotation.from_rotvec(axis / max(sine, 1e-12) * np.arcsin(sine)).as_matrix()
    # Turn around the middle of the points, so that the turn does not shift them up or back.
    pivot = points.mean(axis=0)
    shift = pivot - turn @ pivot
    shift[0] = -middle
    return np.hstack([turn, shift[:, None]])
