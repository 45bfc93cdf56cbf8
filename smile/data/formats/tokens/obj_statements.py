"""Finds where the statements of a Wavefront OBJ file begin and end, and the kind of each statement.

obj_lines.py compiles these functions into its own kernels: see the warning in decimals.py.
"""

from __future__ import annotations

import numba
import numpy as np

from smile.data.formats.tokens.windows import WINDOW


def _pack(word: str) -> int:
    return int.from_bytes(word[:8].encode(), "little")


# Statements that add nothing to a mesh. One that is not among them means flipped bytes, or no OBJ file at all.
_NUMBERS, _NAMES = "vn vp l p bevel c_interp d_interp lod", "g o s mg usemtl usemap maplib shadow_obj trace_obj"
_PASSED = np.array([_pack(word) for word in _NUMBERS.split()])
_NAMING = np.array([_pack(word) for word in _NAMES.split()])
_MTLLIB = np.int64(_pack("mtllib"))
#: What a statement is, as far as a mesh is concerned.
POINT, TEXTURE, FACE, MATERIALS, OTHER, NAMED, COMMENT, UNKNOWN, END = range(9)


@numba.njit(cache=True, nogil=True)
def find_statement(data, at):  # type: ignore[no-untyped-def]
    """Returns (first byte, kind) of the next statement at or after byte `at`."""
    at = skip_blank(data, at)
    while data[at] == 10 or data[at] == 13:
        at = skip_blank(data, at + 1)
    if at >= len(data) - WINDOW:
        return at, END
    first, second = data[at], data[at + 1]
    if first == 118 and _is_blank(second):
        return at, POINT
    if first == 118 and second == 116 and _is_blank(data[at + 2]):
        return at, TEXTURE
    if first == 102 and _is_blank(second):
        return at, FACE
    return at, _sort_statement(data, at)


@numba.njit(cache=True, nogil=True)
def _sort_statement(data, at):  # type: ignore[no-untyped-def]
    """Returns the kind of a statement that adds nothing to a mesh."""
    if data[at] == 35:
        return COMMENT
    code, length = np.int64(0), 0
    while length < 8 and data[at + length] > 32:
        code |= np.int64(data[at + length]) << (8 * length)
        length += 1
    if code == _MTLLIB:
        return MATERIALS
    for known in _PASSED:
        if code == known:
            return OTHER
    for known in _NAMING:
        if code == known:
            return NAMED
    return UNKNOWN


@numba.njit(cache=True, nogil=True)
def _is_blank(byte):  # type: ignore[no-untyped-def]
    return byte == 32 or byte == 9 or byte == 92  # a backslash joins lines


@numba.njit(cache=True, nogil=True)
def skip_blank(data, at):  # type: ignore[no-untyped-def]
    """Returns the first byte at or after `at` that is neither a blank nor the joint of two lines."""
    while True:
        byte = data[at]
        if byte == 32 or byte == 9 or byte == 11 or byte == 12:
            at += 1
        elif byte == 92 and data[at + 1] == 10:
            at += 2
        elif byte == 92 and data[at + 1] == 13:
            at += 3 if data[at + 2] == 10 else 2
        else:
            return at


@numba.njit(cache=True, nogil=True)
def ends_line(data, at):  # type: ignore[no-untyped-def]
    """Returns whether the line ends at byte `at`: by its end, a comment, or the end of the file."""
    byte = data[at]
    return byte == 10 or byte == 13 or byte == 35 or at >= len(data) - WINDOW


@numba.njit(cache=True, nogil=True)
def pass_line(data, at, kind):  # type: ignore[no-untyped-def]
    """The end of the line at byte `at`, or of the file; a backslash joins it with the next one.

    But a comment ends with its line, and a name may end in a backslash, as D:\\scans\\ does: then a statement follows.
    """
    while at < len(data) - WINDOW and data[at] != 10 and data[at] != 13:
        at += 1
        if data[at] == 92 and (kind == OTHER or (kind != COMMENT and _goes_on(data, at))):
            at = max(skip_blank(data, at), at + 1)
    return min(at, len(data) - WINDOW)


@numba.njit(cache=True, nogil=True)
def _goes_on(data, at):  # type: ignore[no-untyped-def]
    """Whether what stands behind the joint at byte `at` is no statement, and so the rest of a name."""
    after = skip_blank(data, at)
    return after > at and find_statement(data, after)[1] == UNKNOWN


@numba.njit(cache=True, nogil=True)
def ends_word(data, at):  # type: ignore[no-untyped-def]
    """Returns whether a word ends at byte `at`."""
    return ends_line(data, at) or skip_blank(data, at) > at


@numba.njit(cache=True, nogil=True)
def next_line(data, end):  # type: ignore[no-untyped-def]
    """Returns the byte after the line end at byte `end`, which may be two bytes long."""
    return end + 1 + (data[end] == 13 and data[end + 1] == 10)
