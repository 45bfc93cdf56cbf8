"""The last look at a scan that was read: what its triangles use must be sound, and nothing else can spoil it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from smile.arrays import Bool, Float32, Int32, Int64
from smile.data.face import Scan
from smile.data.formats.tokens.fans import MOST_CORNERS
from smile.data.formats.tokens.lines import FARTHEST_POINT
from smile.data.formats.tokens.text import MOST_REPEATS, REMEDY
from smile.errors import BadFile

#: What is said of a scan that has colours of faces alone.
COLOURS_OF_FACES = "its colours are those of faces, and only those of vertices are used"


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
    path: Path, vertices: Float32, sizes: Int32, corners: Int64, colours: Float32 | None = None, remedy: str = REMEDY
) -> Scan:
    """The scan of polygons, one after the other, as `tidy` leaves it; their numbers count from 0.

    Raises BadFile where there is no polygon, or one has too few or many corners or a number that is no vertex.
    """
    if len(sizes) == 0:
        raise BadFile(path, "faces", "holds no triangles", remedy)
    strange = (sizes < 3) | (sizes > MOST_CORNERS)
    if strange.any():
        face = int(strange.argmax())
        raise BadFile(path, f"face {face}", f"{sizes[face]} corners are not 3 to {MOST_CORNERS}", remedy)
    if corners.min() < 0 or corners.max() >= len(vertices):
        wrong = int(((corners < 0) | (corners >= len(vertices))).argmax())
        place = f"face {np.searchsorted(np.cumsum(sizes), wrong, side='right')}"
        raise BadFile(path, place, f"the number {corners[wrong]} is outside 0..{len(vertices) - 1}", remedy)

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


def fan_out(sizes: Int32, corners: Int64) -> Int32:
    """The triangles [T, 3] of polygons of at least 3 corners, fanned around the first of each, in their order."""
    begins, fans = np.cumsum(sizes) - sizes, sizes - 2
    first = np.repeat(begins, fans)
    step = np.arange(len(first)) - np.repeat(np.cumsum(fans) - fans, fans)
    return np.asarray(corners[np.stack([first, first + step + 1, first + step + 2], axis=1)], np.int32)


def _is_used(triangles: Int32, points: int) -> Bool:
    used = np.zeros(points, np.bool_)
    used[triangles] = True
    return used
