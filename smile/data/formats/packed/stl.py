"""STL meshes (.stl), as bytes or text: triangles that share no vertex, until equal points become one."""

from __future__ import annotations

import re
from array import array
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np

from smile.arrays import Float32, Int32, UInt8
from smile.data.face import Scan
from smile.data.formats.surface import COLOURS_OF_FACES, build
from smile.data.formats.tokens.text import Text, blank_marks, load_bytes
from smile.errors import BadFile

_HEAD, _FACET = 84, 50  # bytes
_SOLID = re.compile(rb"\s*solid\b[^\r\n]*", re.IGNORECASE)
_FIRST = re.compile(rb"facet", re.IGNORECASE)
_VERTEX = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)", re.IGNORECASE)
_END_OF_FACET = re.compile(rb"\bendfacet\b", re.IGNORECASE)
_END = re.compile(rb"\bendsolid\b", re.IGNORECASE)
_REMEDY = "copy the file anew, or convert it to .obj or .ply"


def read_stl(path: Path) -> Scan:
    """The face in an STL file; points that are equal to the bit are one vertex, numbered as they first come.

    Raises BadFile where a binary file has another length than its head states, where a text is cut, and where the
    file is no STL at all.
    """
    text = load_bytes(path)
    count = int.from_bytes(text[80:84], "little")
    if len(text) >= _HEAD and len(text) == _HEAD + _FACET * count:
        facets = text.content[_HEAD : len(text)].reshape(count, _FACET)
        # Two bytes behind each facet, in which a file without colours has zero.
        return _join(path, _read_points(facets), COLOURS_OF_FACES * bool(facets[:, -2:].any()))
    text = blank_marks(text)
    solid = _SOLID.match(text.view)
    if solid and _FIRST.search(text.view, solid.end(), solid.end() + 1024):
        return _join(path, _read_words(text, solid.end()), "")
    reason = f"its head states {count} triangles, which take {_HEAD + _FACET * count} bytes"
    raise BadFile(path, "byte 80", f"{reason}, and there are {len(text)}", _REMEDY)


def _read_points(facets: UInt8) -> Float32:
    """The corners [3 T, 3] of binary facets: twelve numbers each, of which the first three are the normal."""
    points = np.empty((len(facets), 9), np.float32)
    points.view(np.uint8)[:] = facets[:, 12:48]
    if not np.little_endian:
        points.byteswap(inplace=True)
    return points.reshape(-1, 3)


def _read_words(text: Text, begin: int) -> Float32:
    """The corners [3 T, 3] that the words behind byte `begin` state; BadFile where a part of a facet is missing."""
    numbers = array("f")
    for found in _VERTEX.finditer(text.view, begin):
        try:
            numbers.extend(map(float, found.groups()))
        except ValueError:
            word = found[0].decode("ascii", "backslashreplace")[:60]
            raise BadFile(text.file, f"byte {found.start()}", f"{word!r} is no point", _REMEDY) from None
    facets = sum(1 for _ in _END_OF_FACET.finditer(text.view, begin))
    if 9 * facets != len(numbers) or not _END.search(text.view, begin):
        raise BadFile(text.file, "end", "the file ends before endsolid, or lacks a part of a facet", _REMEDY)
    return np.frombuffer(numbers, np.float32).reshape(-1, 3)


def _join(path: Path, corners: Float32, left_out: str) -> Scan:
    points, numbers = merge_points(corners)
    scan = build(path, points, np.full(len(numbers) // 3, 3, np.int32), numbers, remedy=_REMEDY)
    return replace(scan, left_out=left_out)


def merge_points(points: Float32) -> tuple[Float32, Int32]:
    """The different rows of `points` [K, 3], in the order in which each first comes, and the number of each row.

    Works in place: the caller's array holds something else afterwards.
    """
    points += np.float32(0)  # -0 is 0
    numbers = np.empty(len(points), np.int32)
    table = np.full(1 << (2 * len(points)).bit_length(), -1, np.int32)
    count = _number_points(points.view(np.uint32), table, numbers)
    return points[:count].copy(), numbers


@numba.njit(cache=True, nogil=True)
def _number_points(bits, table, numbers):  # type: ignore[no-untyped-def]
    """Moves the first of equal points to the front, by a hash table with open addresses; returns how many differ."""
    count, mask = 0, np.uint64(len(table) - 1)
    for row in range(len(bits)):
        x, y, z = bits[row, 0], bits[row, 1], bits[row, 2]
        mixed = np.uint64(x) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(29)) ^ np.uint64(y)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(32)) ^ np.uint64(z)) * np.uint64(0x94D049BB133111EB)
        slot = (mixed ^ (mixed >> np.uint64(29))) & mask
        while True:
            known = table[slot]
            if known < 0:
                table[slot] = numbers[row] = count
                bits[count, 0], bits[count, 1], bits[count, 2] = x, y, z
                count += 1
                break
            if bits[known, 0] == x and bits[known, 1] == y and bits[known, 2] == z:
                numbers[row] = known
                break
            slot = (slot + np.uint64(1)) & mask
    return count
