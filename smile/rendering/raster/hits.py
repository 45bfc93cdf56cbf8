"""Finds for each pixel of a view the triangle that it shows, the place on this triangle, and the depth."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from smile.arrays import Float32, Float64, Int32
from smile.rendering.raster.surface import Surface
from smile.rendering.raster.zbuffer import BLOCK, EMPTY, fill_keys, project


@dataclass(frozen=True)
class Hits:
    """Holds the P pixels of one view that show the surface; the thread's next view overwrites these arrays."""

    pixel: Int32  # [P] row * size + column, ascending
    triangle: Int32  # [P]
    weights: Float32  # [4, P] of the triangle's corners, with a sum of one; then 1 on the front, -1 on the back
    depth: Float32  # [P] mm from the plane through the origin towards the camera
    camera: Float64  # [4, 4]

    @property
    def axes(self) -> Float64:
        """The camera's axes [3, 3]: right, up, towards the camera."""
        rotation = self.camera[:3, :3]
        return np.asarray(rotation / np.linalg.norm(rotation, axis=1, keepdims=True))


class Workspace(threading.local):
    """Keeps arrays of one thread between calls and enlarges them as needed; new content overwrites the old."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}

    def take(self, name: str, count: int, kind: type) -> NDArray[Any]:
        """Returns an array of `count` items of a kind; `name` must not be in use elsewhere."""
        kept = self._arrays.get(name)
        if kept is None or len(kept) < count:
            kept = self._arrays[name] = np.empty(count, dtype=kind)
        return kept[:count]


_workspace = Workspace()


def find_hits(surface: Surface, camera: Float64, size: int, cull_back_faces: bool) -> Hits:
    """Returns what a camera [4, 4] sees of a surface in `size` x `size` pixels."""
    pixels, take = size * size, _workspace.take
    seen_by = camera.astype(np.float32)
    keys = take("keys", pixels, np.int64)
    keys.fill(EMPTY)
    fill_keys(surface.corners, len(surface.triangles), seen_by, size, cull_back_faces, keys)
    pixel, triangle = take("pixel", pixels + 1, np.int32), take("triangle", pixels + 1, np.int32)
    found = _list_hits(keys, pixel, triangle)
    return weigh_hits(surface, camera, size, pixel[:found], triangle[:found])


def weigh_hits(surface: Surface, camera: Float64, size: int, pixel: Int32, triangle: Int32) -> Hits:
    """Returns place and depth of each pixel [P] on its triangle, in the same way for every engine."""
    found, take = len(pixel), _workspace.take
    weights, depth = take("weights", 4 * found, np.float32).reshape(4, found), take("depth", found, np.float32)
    _weigh(surface.vertices, surface.triangles, camera.astype(np.float32), size, pixel, triangle, weights, depth)
    return Hits(pixel, triangle, weights, depth, camera)


@njit(cache=True, nogil=True)
def _list_hits(keys, pixel, triangle):  # type: ignore[no-untyped-def]
    """Lists the pixels that are not empty and the triangles that they show; returns their number."""
    found = np.uint32(0)
    for p in range(len(keys)):
        pixel[found], triangle[found] = p, 0x7FFFFFFF - (keys[p] & 0x7FFFFFFF)
        found += np.uint32(keys[p] != EMPTY)
    return np.int64(found)


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(vertices, triangles, camera, size, pixel, triangle, weights, depth):  # type: ignore[no-untyped-def]
    """Writes weights and depth of each pixel, one block of pixels at a time."""
    block, found = np.empty((10, BLOCK), dtype=np.float32), len(pixel)
    for first in range(0, found, BLOCK):
        lanes = min(BLOCK, found - first)
        for q in range(lanes):
            t = np.uint32(triangle[first + q])
            for corner in range(3):
                i = np.uint32(triangles[t, corner])
                for axis in range(3):
                    block[3 * corner + axis, q] = vertices[i, axis]
            block[9, q] = pixel[first + q]
        _weigh_block(block, camera, np.float32(size))
        for row in range(4):
            for q in range(lanes):
                weights[row, first + q] = block[row, q]
        for q in range(lanes):
            depth[first + q] = block[4, q]


@njit(cache=True, nogil=True, inline="always")
def _weigh_block(block, camera, size):  # type: ignore[no-untyped-def]
    """Turns a block's corners and pixels into weights, side and depth, with correct perspective."""
    for q in range(BLOCK):
        ax, ay, az, aw = project(camera, size, block[0, q], block[1, q], block[2, q])
        bx, by, bz, bw = project(camera, size, block[3, q], block[4, q], block[5, q])
        cx, cy, cz, cw = project(camera, size, block[6, q], block[7, q], block[8, q])
        # Half a pixel keeps the quotient away from whole numbers, where rounding could choose the wrong row.
        row = np.floor((block[9, q] + np.float32(0.5)) / size)
        x, y = np.float64((block[9, q] - row * size) * 256 + 128), np.float64(row * 256 + 128)
        ax, ay, bx, by, cx, cy = ax - x, ay - y, bx - x, by - y, cx - x, cy - y
        a, b, c = bx * cy - by * cx, cx * ay - cy * ax, ax * by - ay * bx
        # az is the height divided by aw, which is linear on the image; one divided by the divisor is linear too.
        height = a * az + b * bz + c * cz
        a, b, c = a / aw, b / bw, c / cw
        scale = 1 / (a + b + c)
        block[0, q], block[1, q], block[2, q] = a * scale, b * scale, c * scale
        block[3, q] = 1.0 if scale < 0 else -1.0
        block[4, q] = height * scale
