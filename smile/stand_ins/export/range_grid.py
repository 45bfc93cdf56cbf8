"""Scans a mesh like a range sensor: a grid of lines of sight along z, each with the first point that it meets.

Letters in shapes: R rows from the bottom up, C columns from left to right, T triangles.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from smile.arrays import Float32, Int64
from smile.data.face import Scan


class Grid(NamedTuple):
    """Holds what the sensor measured."""

    points: Float32  # [R, C, 3] mm; NaN where there is no surface
    places: Float32  # [R, C, 2] texture coordinates, or fractions of the grid's width and height without any
    low: Float32  # [2] x and y of the first line of sight
    step: float  # mm between lines of sight

    def locate(self, points: Float32) -> tuple[Int64, Int64]:
        """Returns row and column [P] of the lines of sight closest to points [P, 3]."""
        column, row = np.rint((points[:, :2] - self.low) / self.step).astype(np.int64).T
        return np.clip(row, 0, len(self.points) - 1), np.clip(column, 0, self.points.shape[1] - 1)


def sample_grid(scan: Scan, step: float) -> Grid:
    """Returns the scan as seen along lines `step` mm apart."""
    low, high = scan.vertices[:, :2].min(axis=0), scan.vertices[:, :2].max(axis=0)
    columns, rows = (np.floor((high - low) / step).astype(int) + 1).tolist()
    shares = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    places = np.stack(shares, axis=2).astype(np.float32)
    corners = np.zeros((0, 3, 2), np.float32)
    if scan.uv is not None and scan.triangles_uv is not None:
        corners = scan.uv[scan.triangles_uv]
    depth = np.full((rows, columns), -np.inf, np.float32)
    _cast(scan.vertices[scan.triangles], corners, low, np.float32(step), depth, places)
    x, y = np.meshgrid(low[0] + step * np.arange(columns), low[1] + step * np.arange(rows))
    points = np.stack([x, y, depth], axis=2).astype(np.float32)
    points[np.isinf(depth)] = np.nan
    return Grid(points, places, low, step)


@numba.njit(cache=True)
def _cast(triangles, corners, low, step, depth, places):  # type: ignore[no-untyped-def]
    """Stores for every line of sight the largest z of triangles [T, 3, 3], and the texture place of this point."""
    rows, columns = depth.shape
    for t in range(len(triangles)):
        ax, ay = (triangles[t, 0, 0] - low[0]) / step, (triangles[t, 0, 1] - low[1]) / step
        bx, by = (triangles[t, 1, 0] - low[0]) / step, (triangles[t, 1, 1] - low[1]) / step
        cx, cy = (triangles[t, 2, 0] - low[0]) / step, (triangles[t, 2, 1] - low[1]) / step
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        first, last = int(np.ceil(min(ay, by, cy))), int(np.floor(max(ay, by, cy)))
        left, right = int(np.ceil(min(ax, bx, cx))), int(np.floor(max(ax, bx, cx)))
        for row in range(max(first, 0), min(last, rows - 1) + 1):
            for column in range(max(left, 0), min(right, columns - 1) + 1):
                b = ((column - ax) * (cy - ay) - (row - ay) * (cx - ax)) / area
                c = ((bx - ax) * (row - ay) - (by - ay) * (column - ax)) / area
                a = 1 - b - c
                if min(a, b, c) < -1e-6:
                    continue
                z = a * triangles[t, 0, 2] + b * triangles[t, 1, 2] + c * triangles[t, 2, 2]
                if z > depth[row, column]:
                    depth[row, column] = z
                    for axis in range(2 * (len(corners) > 0)):
                        place = a * corners[t, 0, axis] + b * corners[t, 1, axis] + c * corners[t, 2, axis]
                        places[row, column, axis] = place
