"""The last look at a scan that was read: what its triangles use must be sound, and nothing else can spoil it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smile.arrays import Bool, Float32, Int32
from smile.data.face import Scan
from smile.data.formats.tokens.fans import MOST_CORNERS
from smile.data.formats.tokens.lines import FARTHEST_POINT
from smile.data.formats.tokens.text import MOST_REPEATS, REMEDY
from smile.errors import BadFile

#: What is said of a scan that has colours of faces alone.
COLOURS_OF_FACES = "its colours are those of faces, and only those of vertices are used"

#: Numbers of corners, whole ones, of whatever kind a file keeps them in: a copy of all would take as much as the file.
Corners = NDArray[Any]

_BLOCK = 1 << 12  # polygons, or corners, that are worked on at a time


def tidy(scan: Scan, refuse: Callable[[int], BadFile]) -> Scan:
    """The scan without the vertices that are no points, and without a picture whose coordinates are no numbers.

    Raises what `refuse` makes of the number of a vertex that is not within 1e6 and that a triangle uses.
    """
    if not max(scan.vertices.max(), -scan.vertices.min()) <= FARTHEST_POINT:
        sound = (np.abs(scan.vertices) <= FARTHEST_POINT).all(axis=1)
        if (wrong := ~sound & _is_used(scan.triangles, len(scan.vertices))).any():
            raise refuse(int(wrong.argmax()))
        numbers, colours = np.cumsum(sound, dtype=np.int32) - 1, scan.colours
        colours = None if colours is None else colours[sound]
        scan = replace(scan, vertices=scan.vertices[sound], triangles=numbers[scan.triangles], colours=colours)
    return drop_picture(scan)


def drop_picture(scan: Scan) -> Scan:
    """The scan without its picture where a triangle has no place on it."""
    if scan.uv is None or scan.triangles_uv is None or np.isfinite(scan.uv).all():
        return scan
    if (~np.isfinite(scan.uv).all(axis=1) & _is_used(scan.triangles_uv, len(scan.uv))).any():
        reason = "a texture coordinate is no number, so the picture is not used"
        return replace(scan, uv=None, triangles_uv=None, texture=None, left_out=reason)
    return replace(scan, uv=np.nan_to_num(scan.uv, posinf=0, neginf=0))


def build(
    path: Path, vertices: Float32, sizes: Int32, corners: Corners, colours: Float32 | None = None, remedy: str = REMEDY
) -> Scan:
    """The scan of polygons, one after the other, as `tidy` leaves it; their numbers count from 0.

    Raises BadFile where there is no polygon, or one has too few or many corners or a number that is no vertex.
    """
    if len(sizes) == 0:
        raise BadFile(path, "faces", "holds no triangles", remedy)
    if sizes.min() < 3 or sizes.max() > MOST_CORNERS:
        face = int(((sizes < 3) | (sizes > MOST_CORNERS)).argmax())
        raise BadFile(path, f"face {face}", f"{sizes[face]} corners are not 3 to {MOST_CORNERS}", remedy)
    if not (corners.min() >= 0 and corners.max() < len(vertices)):
        wrong = int((~((corners >= 0) & (corners < len(vertices)))).argmax())
        place = f"face {np.searchsorted(np.cumsum(sizes), wrong, side='right')}"
        raise BadFile(path, place, f"the number {corners[wrong]:.0f} is outside 0..{len(vertices) - 1}", remedy)

    def refuse(row: int) -> BadFile:
        return BadFile(path, f"vertex {row}", f"it is not finite or farther than {FARTHEST_POINT:g}", remedy)

    return tidy(Scan(np.ascontiguousarray(vertices), fan_out(sizes, corners), colours=colours), refuse)


def add_texture(path: Path, scan: Scan, uv: Float32, triangles_uv: Int32, texture: Path | None) -> Scan:
    """The scan with texture coordinates and a picture; BadFile where the picture would be repeated too often."""
    if (far := (np.abs(uv) > MOST_REPEATS).any(axis=1)).any():
        reason = f"a texture coordinate is not within {MOST_REPEATS:g}"
        raise BadFile(path, f"texture coordinate {int(far.argmax())}", reason, REMEDY)
    return drop_picture(replace(scan, uv=uv, triangles_uv=triangles_uv, texture=texture))


def scale_colours(colours: Float32 | None) -> Float32 | None:
    """Colours [V, 3] from 0 to 1, of bytes or of shares; None where one is missing or neither."""
    if colours is None or colours.size == 0 or not (colours.min() >= 0 and colours.max() <= 255):
        return None
    return np.divide(colours, 255 if colours.max() > 1 else 1, dtype=np.float32)


def fan_out(sizes: Int32, corners: Corners) -> Int32:
    """The triangles [T, 3] of polygons of at least 3 corners, fanned around the first of each, in their order."""
    triangles = np.empty((int(sizes.sum(dtype=np.int64)) - 2 * len(sizes), 3), np.int32)
    if len(corners) == 3 * len(sizes):
        triangles[:] = corners.reshape(-1, 3)
        return triangles
    at, begin = 0, 0
    for some in split_into_blocks(sizes):
        fans, end = some - 2, begin + int(some.sum(dtype=np.int64))
        first = np.repeat(np.cumsum(some) - some, fans)
        step = np.arange(len(first)) - np.repeat(np.cumsum(fans) - fans, fans)
        fanned = np.stack([first, first + step + 1, first + step + 2], axis=1)
        triangles[at : at + len(first)] = corners[begin:end][fanned]
        at, begin = at + len(first), end
    return triangles


def find_broken_number(numbers: Corners) -> int | None:
    """The place of the first number that is not whole; None where all are."""
    if np.issubdtype(numbers.dtype, np.integer):
        return None
    for block, some in enumerate(split_into_blocks(numbers)):
        with np.errstate(invalid="ignore"):  # of what is infinite
            broken = some % 1 != 0
        if broken.any():
            return block * _BLOCK + int(broken.argmax())
    return None


def split_into_blocks(numbers: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Neighbouring parts of the rows, as views: what is computed of one at a time takes little memory."""
    yield from (numbers[begin : begin + _BLOCK] for begin in range(0, len(numbers), _BLOCK))


def _is_used(triangles: Int32, points: int) -> Bool:
    used = np.zeros(points, np.bool_)
    used[triangles] = True
    return used
