"""Turns polygons into triangles while their corners are read: fans around the first corner of each polygon."""

from __future__ import annotations

import numba
import numpy as np

from smile.arrays import Int32, UInt8

#: Number of corners that are passed at once, and so the room that an array of triangles needs.
CHUNK = 1024
#: Largest number of corners of one polygon. The releases have 3 to 6; far more means that separators are missing.
MOST_CORNERS = 64

#: Result of `fill_fans`: all well, a polygon with fewer than 3 corners, a polygon with too many corners.
FINE, SMALL, LARGE = 0, 1, 2

_UNSIGNED = np.int64(2**32 - 1)  # turns a negative number into one that exceeds the vertices of any mesh


class Fans:
    """Holds growing arrays of triangles and polygon sizes, and the state of `fill_fans` between two calls."""

    def __init__(self, room: int) -> None:
        self.triangles: Int32 = np.empty((room + CHUNK, 3), np.int32)
        self.sizes: UInt8 = np.empty(room + CHUNK, np.uint8)
        self.state = np.zeros(
            6, np.int64
        )  # triangles, polygons, largest number; of the open polygon: first, previous, size

    @property
    def largest(self) -> int:
        """Largest vertex number of all corners; beyond int32 if one is negative."""
        return int(self.state[2])

    def make_room(self) -> None:
        """Doubles the arrays that have no room for another chunk."""
        if len(self.triangles) < self.state[0] + CHUNK:
            self.triangles.resize((2 * len(self.triangles), 3), refcheck=False)
        if len(self.sizes) < self.state[1] + CHUNK:
            self.sizes.resize(2 * len(self.sizes), refcheck=False)

    def trim(self) -> None:
        """Cuts the arrays to their filled length."""
        self.triangles.resize((int(self.state[0]), 3), refcheck=False)
        self.sizes.resize(int(self.state[1]), refcheck=False)


@numba.njit(cache=True, nogil=True)
def has_room(triangles, sizes, state):  # type: ignore[no-untyped-def]
    """Returns whether another chunk of corners fits."""
    return state[0] + CHUNK <= len(triangles) and state[1] + CHUNK <= len(sizes)


@numba.njit(cache=True, nogil=True)
def fill_fans(corners, count, triangles, sizes, state):  # type: ignore[no-untyped-def]
    """Adds the polygons in `count` corners, each ended by -1; returns (number of a faulty corner, result)."""
    filled, closed, largest, first, previous, size = state
    number = 0
    while number < count:
        corner = corners[number]
        if size == 0 and number + 4 <= count and corners[number + 3] == -1:
            second, third = corners[number + 1], corners[number + 2]
            if corner | second | third >= 0:
                triangles[filled, 0], triangles[filled, 1], triangles[filled, 2] = corner, second, third
                sizes[closed], largest = 3, max(largest, corner, second, third)
                filled, closed, number = filled + 1, closed + 1, number + 4
                continue
        if corner == -1:
            if size < 3:
                return number, SMALL
            sizes[closed], closed, size = size, closed + 1, 0
        else:
            if size >= MOST_CORNERS:
                return number, LARGE
            if size >= 2:
                triangles[filled, 0], triangles[filled, 1], triangles[filled, 2] = first, previous, corner
                filled += 1
            first = corner if size == 0 else first
            previous, size, largest = corner, size + 1, max(largest, corner & _UNSIGNED)
        number += 1
    state[:] = (filled, closed, largest, first, previous, size)
    return count, FINE
