"""Makes a mesh coarser, as a scanner with fewer points measures it. Letters in shapes: V vertices, T triangles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from smile.arrays import Float32, Float64, Int32, Int64
from smile.data.face import Scan

_TRIES = 14  # halvings of the range of the cell's size, enough for a hundredth of the vertices


def thin_out(scan: Scan, share: float) -> Scan:
    """Returns a scan with about `share` of the vertices that its triangles have; landmarks and texture stay.

    Vertices in the same cell of a grid become their mean (Rossignac & Borrel 1993).
    """
    number = _merge(scan.vertices, scan.triangles, share)
    vertices, merged = _average(scan.vertices, number), number[scan.triangles]
    # A triangle that folded over lies on its neighbours, which already cover its place.
    along = _cross(vertices, merged) * _cross(scan.vertices, scan.triangles)
    _, first = np.unique(np.sort(merged, axis=1), axis=0, return_index=True)
    left = np.intersect1d(np.flatnonzero(along.sum(axis=1) > 0), first)
    corners = scan.triangles if scan.uv is not None and scan.triangles_uv is None else scan.triangles_uv
    return replace(
        scan,
        vertices=vertices,
        triangles=merged[left].astype(np.int32),
        triangles_uv=None if corners is None else corners[left],
        colours=None if scan.colours is None else _average(scan.colours, number),
    )


def _merge(vertices: Float32, triangles: Int32, share: float) -> Int64:
    """Returns the new number of each vertex [V]; -1 where no triangle has the vertex."""
    used = np.unique(triangles)
    points, wanted = vertices[used].astype(np.float64), max(round(share * len(used)), 3)
    low, high = 0.0, float(np.ptp(points, axis=0).max())
    for _ in range(_TRIES):
        size = (low + high) / 2
        low, high = (size, high) if _cells(points, size).max() >= wanted else (low, size)
    number = np.full(len(vertices), -1, np.int64)
    number[used] = _cells(points, high)
    return number


def _cross(vertices: Float32, triangles: Int64 | Int32) -> Float64:
    """Returns the normals of triangles [T, 3], as long as twice their area; 0 where two corners are the same."""
    a, b, c = vertices[triangles].swapaxes(0, 1).astype(np.float64)
    return np.cross(b - a, c - a)


def _average(values: Float32, number: Int64) -> Float32:
    """Returns the mean of the values [V, 3] of all vertices with the same new number."""
    kept = number >= 0
    count = np.bincount(number[kept])
    return np.stack([np.bincount(number[kept], column[kept]) / count for column in values.T], axis=1).astype(np.float32)


def _cells(points: Float64, size: float) -> Int64:
    """Returns the number of each point's cell in a grid of `size` mm, counting only cells with points."""
    place = np.floor((points - points.min(axis=0)) / max(size, 1e-6)).astype(np.int64)
    wide = place.max(axis=0) + 1
    flat = (place[:, 0] * wide[1] + place[:, 1]) * wide[2] + place[:, 2]
    return np.unique(flat, return_inverse=True)[1].astype(np.int64)
