"""Parses the lines of a Wavefront OBJ file with compiled code: points, texture coordinates and faces, in any order.

Bit masks read lines of the usual form that fit into a window of 64 bytes. Other lines are read byte by byte.
"""

from __future__ import annotations

from collections import namedtuple

import numba
import numpy as np

from smile.data.formats.tokens.decimals import (
    SIGNED_TENS,
    is_usual,
    longer_than_eight,
    parse_decimal,
    parse_integer,
    take_decimal,
    take_digits,
    to_floats,
    to_integers,
)
from smile.data.formats.tokens.fans import CHUNK, MOST_CORNERS, fill_fans, has_room
from smile.data.formats.tokens.obj_statements import (
    END,
    FACE,
    MATERIALS,
    POINT,
    TEXTURE,
    UNKNOWN,
    ends_line,
    ends_word,
    find_statement,
    next_line,
    pass_line,
    skip_blank,
)
from smile.data.formats.tokens.windows import FIRST_WINDOW, WINDOW, bytes_within, first_bit

#: Arrays to fill: numbers [WIDTH V] and [2 U]; late decimals as (array, index, first byte, byte after); the fans of
#: vertices and of texture coordinates; and COUNTS counters.
ObjArrays = namedtuple("ObjArrays", "points uv late triangles sizes fan triangles_uv sizes_uv fan_uv counts")

#: Places in Arrays.counts: numbers in points and uv, late decimals, corners without texture coordinates, the byte
#: behind the first "mtllib" (0 for none), how many numbers are kept of a point: 3, or 6 with its colour, and
#: statements "mtllib".
POINTS, UV, LATE, BARE, LIBRARY, WIDTH, LIBRARIES = range(7)
COUNTS = 7

#: Why `parse_lines` stopped: the arrays are full, the text is over, or what is wrong at the returned byte.
FULL, OVER, NO_NUMBER, FEW_NUMBERS, NO_CORNER, NO_INDEX, FEW_CORNERS, MANY_CORNERS, NO_STATEMENT = range(9)


_NONE = np.int64(0)  # an empty mask
_ONE = np.int64(1 << 56)  # the word of the single digit 1
_TWO = np.int64(2)


@numba.njit(cache=True, nogil=True)
def parse_lines(data, at, arrays):  # type: ignore[no-untyped-def]
    """Fills `arrays` with the statements from byte `at` on; returns (byte at which it stopped, reason)."""
    words, more = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.int64)
    divisors, status = np.empty(CHUNK), FULL
    while status == FULL and _has_room(arrays):
        at, kind = find_statement(data, at)
        if kind == POINT:
            at, status = _add_points(data, at, 1, arrays.counts[WIDTH], arrays.points, POINTS, arrays, words, divisors)
        elif kind == TEXTURE:
            at, status = _add_points(data, at, 2, 2, arrays.uv, UV, arrays, words, divisors)
        elif kind == FACE:
            at, status = _add_faces(data, at, arrays, words, more)
        elif kind == UNKNOWN:
            status = NO_STATEMENT
        elif kind == END:
            status = OVER
        else:
            if kind == MATERIALS:
                arrays.counts[LIBRARIES] += 1
                if arrays.counts[LIBRARY] == 0:
                    arrays.counts[LIBRARY] = at + 6
            at = pass_line(data, at, kind)
    return at, status


@numba.njit(cache=True, nogil=True)
def _has_room(arrays):  # type: ignore[no-untyped-def]
    counts = arrays.counts
    points = counts[POINTS] + CHUNK <= len(arrays.points) and counts[UV] + CHUNK <= len(arrays.uv)
    fans = has_room(arrays.triangles, arrays.sizes, arrays.fan) and has_room(
        arrays.triangles_uv, arrays.sizes_uv, arrays.fan_uv
    )
    return points and fans and counts[LATE] + 3 <= len(arrays.late)


@numba.njit(cache=True, nogil=True)
def _add_points(data, at, letters, width, values, which, arrays, words, divisors):  # type: ignore[no-untyped-def]
    """Adds points, at least one line of them, from byte `at` on; returns (byte after, FULL or a fault)."""
    count = arrays.counts[which]
    found, after = _find_points(data, at, letters, width, words, divisors)
    if found > 0:
        to_floats(words, divisors, values[count : count + found])
        arrays.counts[which] = count + found
        return after, FULL
    at = skip_blank(data, at + letters)
    values[count : count + width] = 0.0 if letters == 2 else np.nan
    number = 0
    while not ends_line(data, at):
        value, end, exact = parse_decimal(data, at)
        if end < 0 or not ends_word(data, end):
            return at, NO_NUMBER
        if number < width:
            values[count + number] = value
            if not exact:
                late = arrays.counts[LATE]
                arrays.late[late] = (which, count + number, at, end)
                arrays.counts[LATE] = late + 1
        number, at = number + 1, skip_blank(data, end)
    if number < (1 if letters == 2 else 3):  # vt may have u alone, and a colour may be missing
        return at, FEW_NUMBERS
    arrays.counts[which] = count + width
    return at, FULL


@numba.njit(cache=True, nogil=True)
def _find_points(data, at, letters, width, words, divisors):  # type: ignore[no-untyped-def]
    """Takes `width` decimals of each line of usual form from byte `at` on; returns (number of decimals, byte after)."""
    count = 0
    while FIRST_WINDOW <= at <= len(data) - WINDOW and count + width <= len(words):
        if data[at] != 118 or (letters == 2 and data[at + 1] != 116) or data[at + letters] != 32:
            break
        ends = bytes_within(data, at, 10, 10) | bytes_within(data, at, 13, 13)
        starts, stops, points, minuses = _find_numbers(data, at, ((ends & -ends) - 1) & (np.int64(-1) << letters))
        if ends == 0 or starts == 0:
            break
        most, stop = np.int64(0), np.int64(WINDOW)
        for number in range(width):
            start, stop = first_bit(starts), first_bit(stops)
            negative, point = (minuses >> start) & 1, min(first_bit(points), stop)
            word, size, places = take_decimal(data, at + start + negative, at + point, at + stop)
            words[count + number], divisors[count + number] = word, SIGNED_TENS[negative, places]
            most = max(most, size)
            starts, stops, points = starts & (starts - 1), stops & (stops - 1), points & -(np.int64(1) << stop)
        if most > 8 or stop == WINDOW:
            break
        count, at = count + width, next_line(data, at + first_bit(ends))
    return count, at


@numba.njit(cache=True, nogil=True)
def _find_numbers(data, at, below):  # type: ignore[no-untyped-def]
    """Returns masks of a window: numbers begin, bytes after numbers, points, minuses; (0, 0, 0, 0) for unusual words.

    `below` is the mask of the bytes that count.
    """
    digits, points = bytes_within(data, at, 48, 57) & below, bytes_within(data, at, 46, 46) & below
    minuses = bytes_within(data, at, 45, 45) & below
    body = below & ~bytes_within(data, at, 32, 32)
    starts, stops = body & ~(body << 1), ~body & (body << 1)
    if body != digits | points | minuses or not is_usual(digits, points, minuses, starts):
        return _NONE, _NONE, _NONE, _NONE
    return starts, stops, points, minuses


@numba.njit(cache=True, nogil=True)
def _add_faces(data, at, arrays, corners, corners_uv):  # type: ignore[no-untyped-def]
    """Adds faces, at least one line of them, from byte `at` on; returns (byte after, FULL or a fault)."""
    found, bare, after = _find_faces(data, at, corners, corners_uv)
    if found > 0:
        for words in (corners, corners_uv):
            to_integers(words, found)
            words[:found] -= 1
    else:
        found, bare, after, fault = _parse_face(data, at, arrays.counts, corners, corners_uv)
        if fault != FULL:
            return after, fault
    fill_fans(corners, found, arrays.triangles, arrays.sizes, arrays.fan)
    fill_fans(corners_uv, found, arrays.triangles_uv, arrays.sizes_uv, arrays.fan_uv)
    arrays.counts[BARE] += bare
    return after, FULL


@numba.njit(cache=True, nogil=True)
def _find_faces(data, at, corners, corners_uv):  # type: ignore[no-untyped-def]
    """Takes the corners of faces of usual form from byte `at` on, and puts a word of 0 after each face.

    Returns (number of words, number of corners without texture coordinates, byte after).
    """
    count, bare = 0, 0
    while FIRST_WINDOW <= at <= len(data) - WINDOW and count + WINDOW <= len(corners):
        ends = bytes_within(data, at, 10, 10) | bytes_within(data, at, 13, 13)
        below = ((ends & -ends) - 1) & ~np.int64(1)
        digits, slashes = bytes_within(data, at, 48, 57) & below, bytes_within(data, at, 47, 47) & below
        body = below & ~bytes_within(data, at, 32, 32)
        if data[at] != 102 or data[at + 1] != 32 or ends == 0 or body != digits | slashes or longer_than_eight(digits):
            break
        found, naked = _take_corners(data, at, body, slashes, corners[count:], corners_uv[count:])
        if found < 3:
            break
        corners[count + found], corners_uv[count + found] = 0, 0
        count, bare, at = count + found + 1, bare + naked, next_line(data, at + first_bit(ends))
    return count, bare, at


@numba.njit(cache=True, nogil=True)
def _take_corners(data, at, body, slashes, corners, corners_uv):  # type: ignore[no-untyped-def]
    """Takes the corners of one face from a window: (number, number without texture coordinates), (0, 0) if unusual."""
    starts, stops = body & ~(body << 1), ~body & (body << 1)
    count, bare, strange = 0, 0, False
    while starts != 0:
        start, stop = first_bit(starts), first_bit(stops)
        first = min(first_bit(slashes), stop)
        second = min(first_bit(slashes & -(_TWO << first)), stop)
        size = max(second - first - 1, 0)
        vertex, coordinate = take_digits(data, at + first, first - start), take_digits(data, at + second, size)
        # Numbers count from 1, so a word of 0 means no number or a fault. A third slash is a fault too.
        strange |= vertex == 0 or (coordinate == 0 and size > 0) or first_bit(slashes & -(_TWO << second)) < stop
        bare += size == 0
        corners[count], corners_uv[count] = vertex, (coordinate if size > 0 else _ONE)
        starts, stops, slashes = starts & (starts - 1), stops & (stops - 1), slashes & -(np.int64(1) << stop)
        count += 1
    return (0, 0) if strange else (count, bare)


@numba.njit(cache=True, nogil=True)
def _parse_face(data, at, counts, corners, corners_uv):  # type: ignore[no-untyped-def]
    """Reads the corners of one face, with -1 after them: (count, count without uv, byte after, FULL or a fault)."""
    at, size, bare = skip_blank(data, at + 1), 0, 0
    while not ends_line(data, at):
        vertex, coordinate, given, end = _parse_corner(data, at)
        if end < 0 or not ends_word(data, end):
            return 0, 0, at, NO_CORNER
        corners[size] = _resolve(vertex, counts[POINTS] // counts[WIDTH])
        corners_uv[size] = _resolve(coordinate, counts[UV] // 2) if given else 0
        if corners[size] < 0 or corners_uv[size] < 0:
            return 0, 0, at, NO_INDEX
        if size == MOST_CORNERS:
            return 0, 0, at, MANY_CORNERS
        size, bare, at = size + 1, bare + (not given), skip_blank(data, end)
    if size < 3:
        return 0, 0, at, FEW_CORNERS
    corners[size], corners_uv[size] = -1, -1
    return size + 1, bare, at, FULL


@numba.njit(cache=True, nogil=True)
def _parse_corner(data, at):  # type: ignore[no-untyped-def]
    """Returns (vertex, texture coordinate, whether it is given, byte after or -1) of a corner: v, v/vt or v/vt/vn."""
    vertex, end = parse_integer(data, at)
    coordinate, given = np.int64(1), False
    if end >= 0 and data[end] == 47:
        coordinate, end, given = _parse_optional(data, end + 1)
    if end >= 0 and data[end] == 47:
        _, end, _ = _parse_optional(data, end + 1)  # the normal is not used
    return vertex, coordinate, given, end


@numba.njit(cache=True, nogil=True)
def _parse_optional(data, at):  # type: ignore[no-untyped-def]
    """Returns (value, byte after, whether it exists) of an integer that may be missing before a slash or a gap."""
    if data[at] == 47 or ends_word(data, at):
        return np.int64(1), at, False
    value, end = parse_integer(data, at)
    return value, end, True


@numba.njit(cache=True, nogil=True)
def _resolve(index, count):  # type: ignore[no-untyped-def]
    """Turns a number from 1, or backwards from -1, into an index from 0; negative where there is no such point."""
    if index > 0:
        return index - 1
    return count + index if index < 0 else np.int64(-1)
