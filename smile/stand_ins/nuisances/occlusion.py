"""Holds an occluder in front of a face, and takes away what no sensor of the scanner sees behind it.

Letters in shapes: V vertices, T triangles, K sensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree
from trimesh.remesh import subdivide_to_size
from trimesh.triangles import normals as find_triangle_normals

from smile.arrays import Bool, Float32, Float64
from smile.data.face import Scan
from smile.stand_ins.nuisances.solids import Solid, join_solids

#: mm: longest edge of an occluder, as fine as a scan; and how near a line of sight its vertices must come to block it.
_EDGE, _BLOCKED = 3.0, 2.2
_NEAR = 6.0  # mm beside a point of an occluder within which the face below it is looked for
_LAID = 0.95  # fraction of an occluder's points that must be clear of the face
_FARTHEST = 30.0  # mm that a part is moved at most to lie on the face
_GRAZING = 0.1  # smallest cosine between normal and line of sight that is still measured
_GREY = 0.25  # of white
_MIDDLE, _FRONT = np.array([0.0, 0.0, -36.0]), np.array([0.0, 0.0, 1.0])  # of the head, mm; out of the face


def lay_on(parts: Sequence[Solid], face: Float64, clearance: float) -> Solid:
    """Returns an occluder whose parts lie `clearance` mm outside of a face with these vertices [V, 3], in its frame.

    Each part moves as a whole, straight away from the head or towards it, so it does not show the face's own relief.
    """
    front = _Relief(face, _FRONT)
    moved = []
    for part in parts:
        out = _find_out(part)
        relief = front if out is _FRONT else _Relief(face, out)
        short = relief.measure(part.vertices, clearance)
        move = np.clip(np.quantile(short, _LAID), -_FARTHEST, _FARTHEST) if len(short) else 0.0
        moved.append(Solid(part.vertices + move * out, part.triangles))
    return _refine(join_solids(moved))


def occlude(scan: Scan, occluder: Solid, sensors: Float64) -> Scan:
    """Returns a scan with an occluder in front of it, both in the face frame.

    `sensors` [K, 3] are unit vectors towards the sensors: only what one of them sees is left. Where the scan has
    colours, the occluder is dark grey, or has any one colour of the texture.
    """
    left = find_seen(scan.vertices, occluder, sensors)[scan.triangles].all(axis=1)
    outwards = find_triangle_normals(occluder.vertices[occluder.triangles])[0]
    front = occluder.triangles[(outwards @ sensors.T).max(axis=1) > _GRAZING]
    triangles = np.concatenate([scan.triangles[left], front + np.int32(len(scan.vertices))]).astype(np.int32)
    uv = None
    if scan.uv is not None:
        corners = scan.triangles if scan.triangles_uv is None else scan.triangles_uv
        uv = np.concatenate([corners[left], np.zeros_like(front)]).astype(np.int32)
    grey = np.full((len(occluder.vertices), 3), _GREY, np.float32)
    return replace(
        scan,
        vertices=np.concatenate([scan.vertices, occluder.vertices.astype(np.float32)]),
        triangles=triangles,
        triangles_uv=uv,
        colours=None if scan.colours is None else np.concatenate([scan.colours, grey]),
    )


def find_seen(points: Float32, occluder: Solid, sensors: Float64) -> Bool:
    """Returns which points [V, 3] one of the sensors [K, 3] sees beside an occluder in front of them."""
    seen = np.zeros(len(points), np.bool_)
    for towards in sensors:
        seen |= ~_behind(occluder.vertices, points, towards)
    return seen


def _behind(blocking: Float64, points: Float32, towards: Float64) -> Bool:
    """Returns which points [V] lie behind the `blocking` vertices, seen from the direction `towards` [3]."""
    plane = _across(towards)
    screen, flat = blocking @ plane.T, points @ plane.T
    # Most of a face has nothing in front of it, and is told by the box around what blocks.
    sides = [(column, blocked.min(), blocked.max()) for column, blocked in zip(flat.T, screen.T, strict=True)]
    over, along = ((column > low - _BLOCKED) & (column < high + _BLOCKED) for column, low, high in sides)
    near = np.flatnonzero(over & along)
    distance, nearest = cKDTree(screen).query(flat[near], distance_upper_bound=_BLOCKED)
    depth = np.append(blocking @ towards, -np.inf)[nearest]
    behind = np.zeros(len(points), np.bool_)
    behind[near] = (distance < _BLOCKED) & (depth > points[near] @ towards)
    return behind


class _Relief:
    """Finds the height of a face, seen from one direction."""

    def __init__(self, face: Float64, out: Float64) -> None:
        self.out, self.plane = out, _across(out)
        front = face[face @ out > 0]
        self.height, self.places = front @ out, cKDTree(front @ self.plane.T)

    def measure(self, points: Float64, clearance: float) -> Float64:
        """Returns by how many mm points lie less than `clearance` above the face; only of those with face below."""
        distance, nearest = self.places.query(points @ self.plane.T, distance_upper_bound=_NEAR)
        over = distance < _NEAR
        return np.asarray(self.height[nearest[over]] + clearance - points[over] @ self.out)


def _find_out(part: Solid) -> Float64:
    """Returns the direction in which a part moves: to the front, or to the side where it lies at the side."""
    out = (part.vertices.mean(axis=0) - _MIDDLE) * [1, 0, 1]
    return np.asarray(out / np.linalg.norm(out)) if abs(out[0]) > out[2] / 2 else _FRONT


def _across(towards: Float64) -> Float64:
    """Returns two unit vectors [2, 3] that are perpendicular to a direction and to each other."""
    return np.asarray(np.linalg.svd(towards[None])[2][1:])


def _refine(solid: Solid) -> Solid:
    vertices, triangles = subdivide_to_size(solid.vertices, solid.triangles, _EDGE)
    return Solid(vertices, triangles.astype(np.int32))
