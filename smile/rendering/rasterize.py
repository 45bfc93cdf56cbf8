"""A z-buffer that draws one mesh from several orthographic cameras in one call, the same bytes on every machine.

Coverage follows the pixel-centre rule with the top-left tie rule, in integers (1/256 pixel), so that neighbouring
triangles neither overlap nor leave a crack. Surfaces are two-sided, since scans are open and not all are wound alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_SUBPIXELS = 256
# Points farther out than this many pixels would overflow the edge functions; no face is there.
_FARTHEST = float(1 << 20)


@dataclass(frozen=True)
class Raster:
    """Pictures of one mesh from N cameras; row 0 is the top."""

    depth: NDArray[np.float32]  # [N, H, W] mm towards the camera from the face frame's origin; 0 in the background
    normals: NDArray[np.float32]  # [N, 3, H, W] unit, in the camera's axes (right, up, towards it); 0 in the background
    mask: NDArray[np.bool_]  # [N, H, W] true on the face


def rasterize(vertices: NDArray[Any], triangles: NDArray[Any], cameras: NDArray[Any], size: int) -> Raster:
    """Draws vertices [V, 3] (mm, face frame) and triangles [T, 3] with cameras [N, 3, 4] at `size` x `size` pixels.

    Normals are those of the vertices (area-weighted mean of their triangles), interpolated. Triangles with a vertex
    that is not finite, and those that cover no area, are not drawn; nothing is clipped in depth.
    """
    points = np.ascontiguousarray(vertices, dtype=np.float32)
    corners = np.ascontiguousarray(triangles, dtype=np.int32)
    depth = np.full((len(cameras), size, size), -np.inf, dtype=np.float32)
    normals = np.zeros((len(cameras), 3, size, size), dtype=np.float32)
    vertex_normals = find_normals(points, corners)
    for camera, height, picture in zip(np.asarray(cameras, dtype=np.float64), depth, normals, strict=True):
        axes = camera[:, :3] / np.linalg.norm(camera[:, :3], axis=1, keepdims=True)
        _draw(points, corners, vertex_normals, np.ascontiguousarray(camera), axes, height, picture)
    mask = np.isfinite(depth)
    depth[~mask] = 0
    return Raster(depth, normals, mask)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def find_normals(vertices: NDArray[np.float32], triangles: NDArray[np.int32]) -> NDArray[np.float64]:
    """Unit normals [V, 3] of vertices: the sum of the area vectors of their finite triangles; 0 where there is none."""
    normals = np.zeros((len(vertices), 3))
    for t in range(len(triangles)):
        a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        ux, uy, uz = np.float64(b[0]) - a[0], np.float64(b[1]) - a[1], np.float64(b[2]) - a[2]
        vx, vy, vz = np.float64(c[0]) - a[0], np.float64(c[1]) - a[1], np.float64(c[2]) - a[2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        if np.isfinite(x + y + z):
            for k in range(3):
                normals[triangles[t, k], 0] += x
                normals[triangles[t, k], 1] += y
                normals[triangles[t, k], 2] += z
    for i in range(len(normals)):
        length = np.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2)
        for k in range(3):
            normals[i, k] = normals[i, k] / length if length > 0 else 0.0
    return normals


@njit(cache=True, nogil=True)
def _project(vertices, camera, size):  # type: ignore[no-untyped-def]
    """Pixel positions in 1/256 pixel [V, 2] (y downwards) and heights in mm [V]; NaN heights mark unusable points."""
    positions = np.zeros((len(vertices), 2), dtype=np.int64)
    heights = np.empty(len(vertices))
    half = 0.5 * size
    for i in range(len(vertices)):
        x, y, z = np.float64(vertices[i, 0]), np.float64(vertices[i, 1]), np.float64(vertices[i, 2])
        right = half + half * (camera[0, 0] * x + camera[0, 1] * y + camera[0, 2] * z + camera[0, 3])
        down = half - half * (camera[1, 0] * x + camera[1, 1] * y + camera[1, 2] * z + camera[1, 3])
        heights[i] = camera[2, 0] * x + camera[2, 1] * y + camera[2, 2] * z + camera[2, 3]
        if abs(right) < _FARTHEST and abs(down) < _FARTHEST and np.isfinite(heights[i]):
            positions[i, 0] = np.int64(np.floor(right * _SUBPIXELS + 0.5))
            positions[i, 1] = np.int64(np.floor(down * _SUBPIXELS + 0.5))
        else:
            heights[i] = np.nan
    return positions, heights


@njit(cache=True, nogil=True)
def _edge(ax, ay, bx, by, px, py):  # type: ignore[no-untyped-def]
    """Twice the area of (a, b, p): positive on the inner side of an edge of a triangle that is drawn."""
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


@njit(cache=True, nogil=True)
def _bias(ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """0 for a top or left edge, which owns the points on it; -1 for the others."""
    return 0 if (ay == by and bx > ax) or by < ay else -1


@njit(cache=True, nogil=True)
def _draw(vertices, triangles, normals, camera, axes, depth, picture):  # type: ignore[no-untyped-def]
    """Fills depth [H, W] (nearest surface; of equals the first triangle's) and picture [3, H, W] (its normals)."""
    size = len(depth)
    where, heights = _project(vertices, camera, size)
    owner = np.full((size, size), -1, dtype=np.int32)
    for t in range(len(triangles)):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if np.isfinite(heights[i] + heights[j] + heights[k]):
            _fill(t, i, j, k, where, heights, depth, owner)
    for row in range(size):
        for column in range(size):
            t = owner[row, column]
            if t >= 0:
                _shade(triangles[t], where, normals, axes, row, column, picture)


@njit(cache=True, nogil=True)
def _fill(t, i, j, k, where, heights, depth, owner):  # type: ignore[no-untyped-def]
    """Writes triangle t = (i, j, k) into the z-buffer."""
    if _edge(where[i, 0], where[i, 1], where[j, 0], where[j, 1], where[k, 0], where[k, 1]) < 0:
        j, k = k, j
    ax, ay, bx, by, cx, cy = where[i, 0], where[i, 1], where[j, 0], where[j, 1], where[k, 0], where[k, 1]
    area = _edge(ax, ay, bx, by, cx, cy)
    half, last = _SUBPIXELS // 2, len(depth) - 1
    # The first and last pixel whose centre, at half a pixel, can lie inside.
    left = max((min(ax, bx, cx) + half - 1) // _SUBPIXELS, 0)
    right = min((max(ax, bx, cx) - half) // _SUBPIXELS, last)
    top = max((min(ay, by, cy) + half - 1) // _SUBPIXELS, 0)
    bottom = min((max(ay, by, cy) - half) // _SUBPIXELS, last)
    if area == 0 or left > right or top > bottom:
        return
    bias_a, bias_b, bias_c = _bias(bx, by, cx, cy), _bias(cx, cy, ax, ay), _bias(ax, ay, bx, by)
    for row in range(top, bottom + 1):
        py = row * _SUBPIXELS + half
        for column in range(left, right + 1):
            px = column * _SUBPIXELS + half
            a, b = _edge(bx, by, cx, cy, px, py), _edge(cx, cy, ax, ay, px, py)
            c = area - a - b
            if a + bias_a >= 0 and b + bias_b >= 0 and c + bias_c >= 0:
                height = np.float32((a * heights[i] + b * heights[j] + c * heights[k]) / area)
                if height > depth[row, column]:
                    depth[row, column] = height
                    owner[row, column] = t


@njit(cache=True, nogil=True)
def _shade(corners, where, normals, axes, row, column, picture):  # type: ignore[no-untyped-def]
    """Writes the normal of one pixel, turned over where the triangle shows its back."""
    i, j, k = corners[0], corners[1], corners[2]
    px, py = column * _SUBPIXELS + _SUBPIXELS // 2, row * _SUBPIXELS + _SUBPIXELS // 2
    # All three are negative where the front is seen, as y runs downwards.
    a = -_edge(where[j, 0], where[j, 1], where[k, 0], where[k, 1], px, py)
    b = -_edge(where[k, 0], where[k, 1], where[i, 0], where[i, 1], px, py)
    c = -_edge(where[i, 0], where[i, 1], where[j, 0], where[j, 1], px, py)
    x = a * normals[i, 0] + b * normals[j, 0] + c * normals[k, 0]
    y = a * normals[i, 1] + b * normals[j, 1] + c * normals[k, 1]
    z = a * normals[i, 2] + b * normals[j, 2] + c * normals[k, 2]
    length = np.sqrt(x * x + y * y + z * z)
    if length > 0:
        for axis in range(3):
            turned = axes[axis, 0] * x + axes[axis, 1] * y + axes[axis, 2] * z
            picture[axis, row, column] = turned / length
