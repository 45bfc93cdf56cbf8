"""The z-buffer: which triangle each pixel of a view shows, and where on it.

Positions are integers of 1/256 pixel. A pixel of the buffer is one number, the depth in its upper and the triangle in
its lower half, so that nearest means largest, and of triangles at one depth the first wins whatever the order.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from smile.errors import UserError

Float = NDArray[np.float32]
Int = NDArray[np.int32]

#: Vertices farther out than this many pixels are refused: the edge functions would overflow beyond.
FARTHEST = 1 << 20

#: Least divisor (1 - height / distance) of a camera in perspective: beyond it a vertex is at or behind the camera.
_NEAREST = 0.05

_EMPTY = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Hits:
    """The P pixels of one view that show the surface; views into a buffer that the thread's next view overwrites."""

    pixel: Int  # [P] row * size + column, ascending
    triangle: Int  # [P]
    weights: Float  # [P, 3] of the triangle's corners; they sum to one
    side: Float  # [P] 1 where the front is seen, -1 where the back
    camera: NDArray[np.float64]  # [4, 4]

    @property
    def axes(self) -> NDArray[np.float64]:
        """The camera's axes [3, 3]: right, up, towards it."""
        rotation = self.camera[:3, :3]
        return np.asarray(rotation / np.linalg.norm(rotation, axis=1, keepdims=True))


class _Workspace(threading.local):
    """The buffers of one thread, kept from call to call and grown as needed."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}

    def take(self, name: str, shape: tuple[int, ...], kind: type) -> NDArray[Any]:
        count = int(np.prod(shape))
        kept = self._arrays.get(name)
        if kept is None or len(kept) < count:
            kept = self._arrays[name] = np.empty(count, dtype=kind)
        return kept[:count].reshape(shape)


_workspace = _Workspace()


def find_hits(points: Float, triangles: Int, camera: NDArray[np.float64], size: int, cull_back_faces: bool) -> Hits:
    """What a view of `size` x `size` pixels shows of points [3, V] and triangles [T, 3].

    Raises UserError where a vertex is behind the camera, or too far out.
    """
    count, pixels = points.shape[1], size * size
    take = _workspace.take
    where, height = take("where", (count, 2), np.int32), take("height", (count,), np.float32)
    divisor = take("divisor", (count,), np.float32)
    if _project(points, camera.astype(np.float32), size, _NEAREST, where, height, divisor):
        raise UserError(
            "the scan reaches behind the camera or far out of the picture; "
            "is it aligned, and is rendering.distance large enough?"
        )
    keys = take("keys", (size, size), np.int64)
    keys.fill(_EMPTY)
    _fill(triangles, where, height, cull_back_faces, keys)
    pixel, triangle = take("pixel", (pixels,), np.int32), take("triangle", (pixels,), np.int32)
    weights, side = take("weights", (pixels, 3), np.float32), take("side", (pixels,), np.float32)
    found = _resolve(keys, triangles, where, divisor, pixel, triangle, weights, side)
    return Hits(pixel[:found], triangle[:found], weights[:found], side[:found], camera)


@njit(cache=True, nogil=True)
def _project(points, camera, size, nearest, where, height, divisor):  # type: ignore[no-untyped-def]
    """Positions in 1/256 pixel [V, 2] (y downwards), heights over their divisors [V] and these; whether any is out."""
    half, limit, out = np.float32(128 * size), np.float32(256 * FARTHEST), False
    for i in range(points.shape[1]):
        x, y, z = points[0, i], points[1, i], points[2, i]
        w = camera[3, 0] * x + camera[3, 1] * y + camera[3, 2] * z + camera[3, 3]
        right = half + half * (camera[0, 0] * x + camera[0, 1] * y + camera[0, 2] * z + camera[0, 3]) / w
        down = half - half * (camera[1, 0] * x + camera[1, 1] * y + camera[1, 2] * z + camera[1, 3]) / w
        height[i] = (camera[2, 0] * x + camera[2, 1] * y + camera[2, 2] * z + camera[2, 3]) / w
        divisor[i] = w
        inside = (w > nearest) & (abs(right) < limit) & (abs(down) < limit)
        out |= not inside
        where[i, 0] = np.int32(np.rint(right)) if inside else 0
        where[i, 1] = np.int32(np.rint(down)) if inside else 0
    return out


@njit(cache=True, nogil=True)
def _edge(ax, ay, bx, by, px, py):  # type: ignore[no-untyped-def]
    """Twice the area of (a, b, p): positive on the inner side of an edge of a triangle that is drawn."""
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


@njit(cache=True, nogil=True)
def _bias(ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """0 for a top or left edge, which owns the points on it; -1 for the others."""
    return 0 if (ay == by and bx > ax) or by < ay else -1


@njit(cache=True, nogil=True)
def _fill(triangles, where, height, cull_back_faces, keys):  # type: ignore[no-untyped-def]
    """Writes the triangles into keys [H, W]."""
    last = len(keys) - 1
    for t in range(len(triangles)):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        area = _edge(where[i, 0], where[i, 1], where[j, 0], where[j, 1], where[k, 0], where[k, 1])
        # Positions run downwards: the front, counter-clockwise, has a negative area.
        if area == 0 or (area > 0 and cull_back_faces):
            continue
        if area < 0:
            j, k, area = k, j, -area
        ax, ay, bx, by, cx, cy = where[i, 0], where[i, 1], where[j, 0], where[j, 1], where[k, 0], where[k, 1]
        # The first and last pixel whose centre, at half a pixel, can lie inside.
        left, right = max((min(ax, bx, cx) + 127) >> 8, 0), min((max(ax, bx, cx) - 128) >> 8, last)
        top, bottom = max((min(ay, by, cy) + 127) >> 8, 0), min((max(ay, by, cy) - 128) >> 8, last)
        bias_a, bias_b, bias_c = _bias(bx, by, cx, cy), _bias(cx, cy, ax, ay), _bias(ax, ay, bx, by)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                px, py = column * 256 + 128, row * 256 + 128
                a, b = _edge(bx, by, cx, cy, px, py), _edge(cx, cy, ax, ay, px, py)
                c = area - a - b
                if a + bias_a >= 0 and b + bias_b >= 0 and c + bias_c >= 0:
                    depth = np.float32((a * height[i] + b * height[j] + c * height[k]) / area)
                    keys[row, column] = max(keys[row, column], _key(depth, t))


@njit(cache=True, nogil=True)
def _key(depth, triangle):  # type: ignore[no-untyped-def]
    """A number that grows with the depth (float32) and, at one depth, falls with the triangle's number."""
    bits = np.float32(depth).view(np.int32)
    # Negative floats grow in size where they should fall: their bits but the sign are turned over.
    bits ^= (bits >> np.int32(31)) & np.int32(0x7FFFFFFF)
    return (np.int64(bits) << 32) | np.int64(0x7FFFFFFF - triangle)


@njit(cache=True, nogil=True)
def _resolve(keys, triangles, where, divisor, pixel, triangle, weights, side):  # type: ignore[no-untyped-def]
    """Lists the pixels that are not empty, with their triangle and where on it they are; returns how many."""
    found = 0
    for row in range(len(keys)):
        for column in range(len(keys)):
            if keys[row, column] == _EMPTY:
                continue
            t = 0x7FFFFFFF - (keys[row, column] & 0x7FFFFFFF)
            i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            px, py = column * 256 + 128, row * 256 + 128
            a = _edge(where[j, 0], where[j, 1], where[k, 0], where[k, 1], px, py) / divisor[i]
            b = _edge(where[k, 0], where[k, 1], where[i, 0], where[i, 1], px, py) / divisor[j]
            c = _edge(where[i, 0], where[i, 1], where[j, 0], where[j, 1], px, py) / divisor[k]
            total = a + b + c
            pixel[found], triangle[found] = row * len(keys) + column, t
            weights[found, 0], weights[found, 1], weights[found, 2] = a / total, b / total, c / total
            side[found] = -1.0 if total > 0 else 1.0
            found += 1
    return found
