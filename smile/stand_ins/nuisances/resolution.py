"""Makes a mesh coarser, as a scanner with fewer points measures it. Letters in shapes: V vertices, T triangles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from smile.arrays import Float32, Float64, Int32, Int64
from smile.data.face import Scan

_TRIES = 9  # halvings of the range of a cell's size, enough for a hundredth of the vertices


def thin_out(scan: Scan, share: float) -> Scan:
    """Returns a scan with about `share` of the vertices that its triangles have; landmarks and texture stay."""
    return merge_cells(scan, find_cell(scan, share))


def find_cell(scan: Scan, share: float) -> float:
    """Returns the size in mm of the cells of a grid, about `share` times as many as the scan has vertices in use."""
    columns = _place(scan, _find_used(scan))
    wanted = max(round(share * columns.shape[1]), 3)
    # A surface crosses about as many cells as squares of their size have place on it.
    guess = float(np.sqrt(np.linalg.norm(_cross(scan.vertices, scan.triangles), axis=1).sum() / 2 / wanted))
    low, high = guess / 2, guess * 4
    for _ in range(_TRIES):
        size = (low + high) / 2
        low, high = (size, high) if np.count_nonzero(np.bincount(_locate(columns, size))) > wanted else (low, size)
    return high


def merge_cells(scan: Scan, size: float) -> Scan:
    """Returns a scan whose vertices in the same cell of `size` mm became their mean (Rossignac & Borrel 1993)."""
    used = _find_used(scan)
    cells, number = _locate(_place(scan, used), size), np.full(len(scan.vertices), -1, np.int64)
    number[used] = (np.cumsum(np.bincount(cells) > 0) - 1)[cells]
    vertices, merged = _average(scan.vertices, number), number[scan.triangles]
    # A triangle that folded over lies on its neighbours, which already cover its place.
    along = _cross(vertices, merged) * _cross(scan.vertices, scan.triangles)
    left = np.intersect1d(np.flatnonzero(along.sum(axis=1) > 0), _find_first(merged))
    corners = scan.triangles if scan.uv is not None and scan.triangles_uv is None else scan.triangles_uv
    return replace(
        scan,
        vertices=vertices,
        triangles=merged[left].astype(np.int32),
        triangles_uv=None if corners is None else corners[left],
        colours=None if scan.colours is None else _average(scan.colours, number),
    )


def _find_used(scan: Scan) -> Int64:
    """Returns the numbers of the vertices that a triangle has."""
    return np.flatnonzero(np.bincount(scan.triangles.ravel(), minlength=len(scan.vertices)))


def _place(scan: Scan, used: Int64) -> Float64:
    """Returns the coordinates [3, V] of these vertices from the corner of the box around them."""
    columns = np.ascontiguousarray(scan.vertices[used].T, dtype=np.float64)
    return np.asarray(columns - columns.min(axis=1, keepdims=True))


def _locate(columns: Float64, size: float) -> Int64:
    """Returns the number of the cell of a grid of `size` mm that each point lies in."""
    x, y, z = np.floor(columns / size).astype(np.int64)
    return np.asarray((x * (y.max() + 1) + y) * (z.max() + 1) + z)


def _find_first(triangles: Int64) -> Int64:
    """Returns the number of the first of all triangles [T, 3] that have the same corners."""
    a, b, c = np.sort(triangles, axis=1).T
    most = int(c.max()) + 1
    return np.unique((a * most + b) * most + c, return_index=True)[1]


def _cross(vertices: Float32, triangles: Int64 | Int32) -> Float64:
    """Returns the normals of triangles [T, 3], as long as twice their area; 0 where two corners are the same."""
    a, b, c = (vertices[corner].astype(np.float64) for corner in triangles.T)
    (ux, uy, uz), (vx, vy, vz) = (b - a).T, (c - a).T
    return np.stack([uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx], axis=1)


def _average(values: Float32, number: Int64) -> Float32:
    """Returns the mean of the values [V, 3] of all vertices with the same new number."""
    kept = number >= 0
    count = np.bincount(number[kept])
    return np.stack([np.bincount(number[kept], column[kept]) / count for column in values.T], axis=1).astype(np.float32)
