"""The last look at a scan that was read: what its triangles use must be sound, and nothing else can spoil it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from smile.arrays import Bool, Float32, Int32
from smile.data.face import Scan
from smile.data.formats.tokens.fans import MOST_CORNERS
from smile.data.formats.tokens.lines import FARTHEST_POINT
from smile.errors import BadFile


def settle(scan: Scan, refuse: Callable[[int], BadFile]) -> Scan:
    """The scan without the vertices that are no points, and without a picture whose coordinates are no numbers.

    Raises what `refuse` makes of the number of a vertex that is not within 1e6 and that a triangle uses.
    """
    if not max(scan.vertices.max(), -scan.vertices.min()) <= FARTHEST_POINT:
        sound = (np.abs(scan.vertices) <= FARTHEST_POINT).all(axis=1)
        if (wrong := ~sound & _is_used(scan.triangles, len(sound))).any():
            raise refuse(int(wrong.argmax()))
        numbers, colours = np.cumsum(sound, dtype=np.int32) - 1, scan.colours
        colours = None if colours is None else colours[sound]
        scan = replace(scan, vertices=scan.vertices[sound], triangles=numbers[scan.triangles], colours=colours)
    if scan.uv is None or scan.triangles_uv is None or np.isfinite(scan.uv).all():
        return scan
    if (~np.isfinite(scan.uv).all(axis=1) & _is_used(scan.triangles_uv, len(scan.uv))).any():
        reason = "a texture coordinate is no number, so the picture is not used"
        return replace(scan, uv=None, triangles_uv=None, texture=None, left_out=reason)
    return replace(scan, uv=np.nan_to_num(scan.uv, posinf=0, neginf=0))


def scale_colours(colours: Float32 | None) -> Float32 | None:
    """Colours [V, 3] from 0 to 1, of bytes or of shares; None where one is missing or neither."""
    if colours is None or colours.size == 0 or not (colours.min() >= 0 and colours.max() <= 255):
        return None
    return np.divide(colours, 255 if colours.max() > 1 else 1, dtype=np.float32)


def fan_out(sizes: Int32, corners: Int32) -> Int32:
    """The triangles [T, 3] of polygons: corners of all in turn, fanned around the first of each, in their order.

    Raises ValueError with the number of a polygon of less than 3 or more than 64 corners.
    """
    strange = (sizes < 3) | (sizes > MOST_CORNERS)
    if strange.any():
        raise ValueError(int(strange.argmax()))
    ends = np.cumsum(sizes)
    first = np.repeat(ends - sizes, sizes - 2)
    step = np.arange(len(first)) - np.repeat(np.cumsum(sizes - 2) - (sizes - 2), sizes - 2)
    return np.asarray(corners[np.stack([first, first + step + 1, first + step + 2], axis=1)], np.int32)


def _is_used(triangles: Int32, points: int) -> Bool:
    used = np.zeros(points, np.bool_)
    used[triangles] = True
    return used
