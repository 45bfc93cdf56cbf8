"""Reads and writes range scans of Bosphorus (.bnt): the sensor's grid of points, in binary, little endian.

    uint16 rows | uint16 columns | float64 zmin | uint16 L | L bytes image name | uint32 n = 5 N | n float64

N is rows times columns. The numbers are five blocks of N: x, y, z in mm (+y up, z towards the sensor), then a and b,
the place in the texture image as fractions of its width and height. Rows run from bottom to top, columns from left to
right. x, y and z are zmin in a cell without a point. So the file has 18 + L + 40 N bytes.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from smile.arrays import Bool, Float32, Float64, Int32
from smile.data.face import Scan
from smile.data.files import open_file
from smile.data.formats.pictures import find_picture
from smile.errors import BadFile

#: True if b runs up from the bottom of the image, as v does. The release does not say. Its rows run up, so we assume
#: the same for b. If textures look upside down, change this value.
B_RUNS_UP = True

#: mm, longest edge of a triangle. Grid neighbours are about 1 mm apart across the line of sight. An edge of 8 mm would
#: be a surface seen at 83 degrees, where structured light measures nothing: a spike, or a bridge to the background.
LONGEST_EDGE = 8.0

_BACKGROUND = -1e9
_FARTHEST = 1e6  # mm; a face lies a few hundred mm from the origin, so a kilometre is a fault
_SLACK = 0.01  # fraction of the image by which a point at its border may lie outside
_REMEDY = "copy the file again from the release"
_HEAD, _COUNT = struct.Struct("<HHdH"), struct.Struct("<I")


class _Header(NamedTuple):
    rows: int
    columns: int
    background: float
    name: str
    begin: int  # byte position of the first number


def read_bnt(path: Path) -> Scan:
    """Reads the surface of a range scan: up to two triangles per grid cell, counter-clockwise from the sensor's side.

    Triangles with an edge longer than LONGEST_EDGE are dropped, and then all points without a triangle. The texture is
    the image with the scan's own name. There are no landmarks, and no texture coordinates if some lie off the image.
    Raises BadFile where sizes contradict each other, a coordinate is not within 1e6, or no surface is left.
    """
    with open_file(path, _REMEDY) as file:
        header = _read_header(path, file)
        numbers = np.fromfile(file, "<f8")
    blocks = numbers.reshape(5, header.rows, header.columns)
    seen = blocks[2] != header.background
    _check_points(path, header, blocks, seen)
    points = np.where(seen, blocks[:3], 0.0).astype(np.float32)
    cells = _triangulate(points, seen)
    if len(cells) == 0:
        raise BadFile(path, "z", f"no surface: no three neighbours closer than {LONGEST_EDGE:g} mm", _REMEDY)
    used = np.zeros(seen.size, np.bool_)
    used[cells] = True
    vertices = np.ascontiguousarray(points.reshape(3, -1)[:, used].T)
    triangles = (np.cumsum(used, dtype=np.int32) - 1)[cells]
    uv = _place_on_picture(blocks[3:].reshape(2, -1)[:, used])
    texture = find_picture(path, "")
    return Scan(vertices, triangles, uv=uv, triangles_uv=None if uv is None else triangles, texture=texture)


def read_picture_name(path: Path) -> str:
    """The name of the picture as the scan's header gives it; BadFile on a header that contradicts the file's size."""
    with open_file(path, _REMEDY) as file:
        return _read_header(path, file).name


def write_bnt(path: Path, points: Float32, places: Float32, name: str) -> None:
    """Writes a grid of points [R, C, 3], mm, bottom row first, and their `places` [R, C, 2] in the texture image.

    NaN points are background. Places run from 0 to 1, rightwards and upwards. `name` is the name of the image.
    """
    grid = np.concatenate([points, places if B_RUNS_UP else np.stack([places[..., 0], 1 - places[..., 1]], -1)], axis=2)
    grid[np.isnan(points).any(axis=2)] = _BACKGROUND
    rows, columns = points.shape[:2]
    text = name.encode("ascii", "replace")
    head = _HEAD.pack(rows, columns, _BACKGROUND, len(text)) + text + _COUNT.pack(5 * rows * columns)
    path.write_bytes(head + np.moveaxis(grid, 2, 0).astype("<f8").tobytes())


def _read_header(path: Path, file: BinaryIO) -> _Header:
    """Reads the header after comparing its sizes with the file's size, so that no false size allocates memory."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise BadFile(path, f"byte {size}", "the file ends in its header", _REMEDY)
    rows, columns, background, length = _HEAD.unpack(head)
    expected = _HEAD.size + length + _COUNT.size + 40 * rows * columns
    if size != expected:
        reason = (
            f"a grid of {rows} x {columns} and a name of {length} bytes make {expected} bytes, and there are {size}"
        )
        raise BadFile(path, "byte 0", reason, _REMEDY)
    name = file.read(length).decode("ascii", "replace")
    (count,) = _COUNT.unpack(file.read(_COUNT.size))
    if count != 5 * rows * columns or count == 0:
        reason = f"{count} numbers, and five for each of {rows} x {columns} points are needed"
        raise BadFile(path, f"byte {_HEAD.size + length}", reason, _REMEDY)
    if not np.isfinite(background):
        raise BadFile(path, "byte 4", f"the value of the background, {background}, is no number", _REMEDY)
    return _Header(rows, columns, background, name, file.tell())


def _check_points(path: Path, header: _Header, blocks: Float64, seen: Bool) -> None:
    wrong = seen & ~(np.abs(blocks[:3]) <= _FARTHEST)  # also true for NaN
    if wrong.any():
        first = int(wrong.argmax())
        reason = f"coordinate {blocks.ravel()[first]:g} is not within {_FARTHEST:g}"
        raise BadFile(path, f"byte {header.begin + 8 * first}", reason, _REMEDY)


def _triangulate(points: Float32, seen: Bool) -> Int32:
    """Returns [T, 3] numbers of grid points: the triangles of each cell whose corners exist and lie close together.

    A cell is cut along its rising diagonal, or along the other one if a corner of the rising one is missing or far.
    """

    def near(one: tuple[slice, slice], other: tuple[slice, slice]) -> Bool:
        apart = points[:, one[0], one[1]] - points[:, other[0], other[1]]
        close = np.einsum("arc,arc->rc", apart, apart) <= LONGEST_EDGE**2
        return np.asarray(seen[one] & seen[other] & close)

    here, there, whole = slice(None, -1), slice(1, None), slice(None)
    across, up = near((whole, here), (whole, there)), near((here, whole), (there, whole))
    below, above, left, right = across[:-1], across[1:], up[:, :-1], up[:, 1:]
    rising = near((here, here), (there, there))
    falling = ~rising & near((here, there), (there, here))
    columns = seen.shape[1]
    # Corners of a cell, numbered from its lower left: 0, 1, and above them columns, columns + 1.
    cuts = (
        (rising & below & right, (0, 1, columns + 1)),
        (rising & above & left, (0, columns + 1, columns)),
        (falling & below & left, (0, 1, columns)),
        (falling & above & right, (1, columns + 1, columns)),
    )
    cell = np.arange(seen.size, dtype=np.int32).reshape(seen.shape)[:-1, :-1]
    return np.concatenate([cell[use][:, None] + np.array(corners, np.int32) for use, corners in cuts])


def _place_on_picture(places: Float64) -> Float32 | None:
    """Returns texture coordinates [V, 2] from a and b [2, V]; None where a vertex lies off the image."""
    if not ((places >= -_SLACK) & (places <= 1 + _SLACK)).all():
        return None
    a, b = np.clip(places, 0, 1).astype(np.float32)
    return np.stack([a, b if B_RUNS_UP else 1 - b], axis=1)
