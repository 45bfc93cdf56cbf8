"""Draws the fingerprint of a scan: the relief of its face, in the few poses that are likely.

A scan that was mirrored, turned, moved, decimated, roughened or saved in other units keeps its fingerprint, because a
face is brought into the face frame in millimetres, without scale, and drawn as heights over a grid. Landmarks, textures
and the order of vertices play no part.
Letters in shapes: S pixels in width and height, K poses.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter

from smile.arrays import Bool, Float32, Float64
from smile.data.face import Scan
from smile.data.units import in_millimetres
from smile.errors import UserError
from smile.rendering.pose.height_maps import front, generic_face, places, sample, sample_on
from smile.rendering.pose.pose_search import centre_on_symmetry, list_ends
from smile.rendering.pose.registration import lay, measure_agreement, transform

#: Pixels of a height map that become one of a relief, 4.5 mm wide; and the width of the blur before, in those pixels.
BLOCK, BLUR = 3, 3.0
#: Most poses of a scan, and how far their scores may lie below the best one.
MOST_POSES, _BEHIND = 3, 0.15
_POINTS = 2500
_FINE = (10.0,) * 16  # mm beyond which points are ignored, one for each step
_GATE, _MIRRORED_GATE = 6.0, 3.0  # mm from the generic face, and from the mirrored face, beyond which points disagree
#: Of a face and its mirror image, and of a scan and the generic face, 0 to 1; a pose with less is probably wrong.
_SYMMETRIC, _AGREED = 0.48, 0.33
_COVERED = 0.5  # of the inner face that must have been scanned


@dataclass(frozen=True)
class FacePrint:
    """Holds the relief of one scan in each likely pose, the likeliest first."""

    reliefs: Float32  # [K, S, S] mm in the face frame; NaN where nothing was scanned


@cache
def relief_places() -> tuple[Float64, Float64]:
    """Returns coordinates x and y [S, S] in mm of every relief."""
    x, y = (shrink(place) for place in places())
    return x, y


@cache
def inner_face() -> Bool:
    """Returns which pixels [S, S] of a relief show the inner face: hair, ears and neck play no part."""
    x, y = relief_places()
    return np.asarray(np.hypot(x / 58, (y - 8) / 70) < 1)


def draw_print(scan: Scan) -> FacePrint:
    """Returns the fingerprint of a scan in millimetres, centimetres or metres.

    Raises UserError where the mesh has no surface, the size of no face, or no face that looks forwards in any pose.
    """
    if len(scan.vertices) < 3 or not len(scan.triangles):
        raise UserError("the mesh has no surface")
    found = in_millimetres(scan)
    reliefs = [_draw_relief(found, pose) for pose in _list_poses(found)]
    seen = [one for one in reliefs if np.isfinite(one[inner_face()]).mean() >= _COVERED]
    if not seen:
        raise UserError("no face was found in the mesh, or less than half of one")
    return FacePrint(np.stack(seen))


def shrink(pixels: Float64) -> Float64:
    """Returns a map [S, S] with one pixel for each block: the mean of what is there, NaN where most is missing."""
    count = len(pixels) // BLOCK
    blocks = pixels[: count * BLOCK, : count * BLOCK].reshape(count, BLOCK, count, BLOCK).swapaxes(1, 2)
    there = np.isfinite(blocks)
    total, counted = np.where(there, blocks, 0.0).sum(axis=(2, 3)), there.sum(axis=(2, 3))
    return np.asarray(np.where(counted > BLOCK * BLOCK / 2, total / np.maximum(counted, 1), np.nan))


def _list_poses(scan: Scan) -> list[Float64]:
    """Returns the likely poses [3, 4], the likeliest first; the search from all sides follows where none is good."""
    scored = _score_poses(scan, everywhere=False)
    score, symmetry, _ = scored[0]
    if symmetry < _SYMMETRIC or score - symmetry < _AGREED:
        scored = sorted([*scored, *_score_poses(scan, everywhere=True)], key=lambda one: -one[0])
    return [pose for score, _, pose in scored if score >= scored[0][0] - _BEHIND][:MOST_POSES]


def _score_poses(scan: Scan, everywhere: bool) -> list[tuple[float, float, Float64]]:
    """Returns score, symmetry and pose of each end of the search, the best first.

    A wrong pose may agree with the generic face as well as the right one does; but then the face is no mirror image of
    itself.
    """
    points = sample(scan, _POINTS)
    found = []
    for end in list_ends(scan, everywhere):
        pose = centre_on_symmetry(scan, lay(points, generic_face(), end, _FINE)[0])
        symmetry = _measure_symmetry(scan, pose)
        found.append((measure_agreement(points, generic_face(), pose, _GATE) + symmetry, symmetry, pose))
    return sorted(found, key=lambda one: -one[0])


def _measure_symmetry(scan: Scan, pose: Float64) -> float:
    x, y = places()
    surface = front(scan, pose, np.hypot(x / 60, (y - 10) / 75) < 1)
    points = transform(pose, sample_on(scan, surface, pose, _POINTS))
    return measure_agreement(points * (-1, 1, 1), surface, np.eye(3, 4), _MIRRORED_GATE)


def _draw_relief(scan: Scan, pose: Float64) -> Float32:
    """Returns heights [S, S], blurred where something was scanned: the noise of two scans of a face differs."""
    height = front(scan, pose, np.ones_like(places()[0], dtype=np.bool_)).height
    there = np.isfinite(height)
    share = gaussian_filter(there.astype(np.float64), BLUR)
    blurred = gaussian_filter(np.where(there, height, 0.0), BLUR) / np.maximum(share, 1e-6)
    return shrink(np.where(there, blurred, np.nan)).astype(np.float32)
