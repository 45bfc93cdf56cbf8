"""Attaches landmarks to a mesh, so that they move with it, and makes the 83 of BU-4DFE from the 68 of iBUG.

Letters in shapes: V vertices, T triangles, L landmarks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import trimesh
from scipy.spatial import cKDTree

from smile.arrays import Float32, Float64, Int32

#: Number of triangles near a point among which the closest one is searched.
_NEAR = 64

#: Contours of the 68 iBUG points (Sagonas et al. 2013) in the order of the 83 of BU-3DFE: the points, the number of
#: landmarks, and whether the ends of the contour are landmarks. iBUG counts the subject's right side first.
_CONTOURS: tuple[tuple[tuple[int, ...], int, bool], ...] = (
    ((45, 44, 43, 42), 5, True),  # left eye: upper lid with both corners
    ((42, 47, 46, 45), 3, False),  # left eye: lower lid without corners
    ((36, 37, 38, 39), 5, True),  # right eye, in the same way
    ((39, 40, 41, 36), 3, False),
    ((26, 25, 24, 23, 22), 10, True),  # left brow
    ((17, 18, 19, 20, 21), 10, True),  # right brow
    ((27, 28, 29, 30), 5, True),  # bridge of the nose
    ((31, 32, 33, 34, 35), 7, True),  # base of the nose
    (tuple(range(48, 60)), 12, True),  # outer lip
    (tuple(range(60, 68)), 8, True),  # inner lip
    (tuple(range(17)), 15, True),  # outline of the face
)


@dataclass(frozen=True)
class Anchors:
    """Holds landmarks as fixed mixtures of three vertices each."""

    vertices: Int32  # [L, 3]
    weights: Float32  # [L, 3], rows sum to one

    def ride(self, vertices: Float32) -> Float32:
        """Returns the landmarks [L, 3] on a mesh with these vertices [V, 3]."""
        return np.asarray(np.einsum("lk,lkd->ld", self.weights, vertices[self.vertices]), dtype=np.float32)


def anchor_bu83(vertices: Float32, triangles: Int32, landmarks68: Int32) -> Anchors:
    """Returns anchors of the scheme "bu83" on a neutral mesh with iBUG landmarks at the vertices `landmarks68` [68].

    Contours are resampled at equal arc length; each new point is moved to the nearest of the `triangles`.
    """
    corners = vertices[landmarks68].astype(np.float64)
    lines = [resample(corners[list(which)], count, ends) for which, count, ends in _CONTOURS]
    return anchor(np.concatenate(lines), vertices, triangles)


def anchor(points: Float64, vertices: Float32, triangles: Int32) -> Anchors:
    """Returns anchors at the places of the surface that are closest to `points` [L, 3]."""
    corners = vertices[triangles].astype(np.float64)
    _, near = cKDTree(corners.mean(axis=1)).query(points, k=min(_NEAR, len(triangles)))
    near = near.reshape(len(points), -1)
    flat = near.ravel()
    closest = trimesh.triangles.closest_point(corners[flat], np.repeat(points, near.shape[1], axis=0))
    distance = np.linalg.norm(closest.reshape(*near.shape, 3) - points[:, None], axis=2)
    row = np.arange(len(points))
    best = distance.argmin(axis=1)
    chosen = near[row, best]
    places = closest.reshape(*near.shape, 3)[row, best]
    weights = trimesh.triangles.points_to_barycentric(corners[chosen], places)
    return Anchors(triangles[chosen].astype(np.int32), weights.astype(np.float32))


def resample(line: Float64, count: int, ends: bool = True) -> Float64:
    """Returns points [count, D] at equal arc length on a polyline [n, D], with or without its ends.

    A line that already has `count` points is returned unchanged, if its ends are wanted.
    """
    if ends and count == len(line):
        return line
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    wanted = np.linspace(0, length[-1], count) if ends else np.linspace(0, length[-1], count + 2)[1:-1]
    return np.stack([np.interp(wanted, length, line[:, axis]) for axis in range(line.shape[1])], axis=1)
