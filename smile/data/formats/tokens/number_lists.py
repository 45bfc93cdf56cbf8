"""Reads lists of numbers in text: decimals, and polygons, which become triangles while they are read.

Blanks, line ends or commas separate the numbers; `#` starts a comment up to the end of the line; `]` ends the list.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numba
import numpy as np

from smile.arrays import Float32, Int32, UInt8
from smile.data.formats.tokens.decimals import (
    KINDS,
    SIGNED_TENS,
    is_usual,
    parse_decimal,
    parse_integer,
    take_decimal,
    take_digits,
    to_floats,
    to_integers,
)
from smile.data.formats.tokens.fans import CHUNK, FINE, LARGE, MOST_CORNERS, SMALL, Fans, fill_fans, has_room
from smile.data.formats.tokens.text import REMEDY, Text
from smile.data.formats.tokens.windows import FIRST_WINDOW, WINDOW, bytes_within, first_bit, last_bit
from smile.errors import BadFile

_WORDS = re.compile(rb"#[^\r\n]*|\]|[^\s,\]#]+")


@dataclass(frozen=True)
class Polygons:
    """Holds the polygons of a list as fans of triangles."""

    triangles: Int32  # [T, 3]
    sizes: UInt8  # number of corners of each polygon
    largest: int  # of all vertex numbers
    begin: int  # byte at which the list begins


def read_floats(text: Text, begin: int, block: str) -> tuple[Float32, int]:
    """Reads decimals from byte `begin` to the closing `]`; returns the values and the byte after the bracket.

    Each value equals float32(float(word)) to the bit. Raises BadFile at a word that is no decimal, or if the file ends.
    """
    values, at = _fill_floats(text, begin)
    _check_end(text, at, block)
    return values, at + 1


def read_to_end(text: Text, begin: int) -> Float32:
    """The decimals of `text` from byte `begin` to its end; BadFile at a word that is none."""
    values, at = _fill_floats(text, begin)
    if at < len(text):
        raise BadFile(text.file, f"byte {at}", f"{text.word(at)} is not a number", REMEDY)
    return values


def _fill_floats(text: Text, begin: int) -> tuple[Float32, int]:
    """The decimals from byte `begin` on, and the byte at which there is no other."""
    values = np.empty((len(text) - begin) // 8 + CHUNK, np.float32)
    late = np.empty((4096, 3), np.int64)
    count, at, status = 0, begin, _MORE
    while status == _MORE:
        if len(values) < count + CHUNK:
            values.resize(2 * len(values), refcheck=False)
        count, late_count, at, status = _parse_floats(text.content, at, values, count, late)
        with np.errstate(over="ignore"):  # a value beyond float32 becomes infinite; the caller refuses it
            for number, first, after in late[:late_count].tolist():
                values[number] = float(text[first:after])
    values.resize(count, refcheck=False)
    return values, at


def read_polygons(text: Text, begin: int, block: str) -> tuple[Polygons, int]:
    """Reads polygons, each ended by -1, from byte `begin` to the closing `]`; returns them and the byte after it.

    The last -1 may be missing. Numbers beyond int32 are limited to int32. Raises BadFile at a word that is no integer
    with at most 18 digits, at a polygon with fewer than 3 or more than 64 corners, and where the file ends.
    """
    fans = Fans((len(text) - begin) // 24)
    at, status = begin, _MORE
    while status == _MORE:
        fans.make_room()
        at, number, status = _parse_polygons(text.content, at, fans.triangles, fans.sizes, fans.state)
    if status in _REASONS:
        raise BadFile(text.file, place_of(text, at, number), _REASONS[status].format(block=block), REMEDY)
    _check_end(text, at, block)
    fans.trim()
    return Polygons(fans.triangles, fans.sizes, fans.largest, begin), at + 1


def find_outside(text: Text, polygons: Polygons, points: int) -> tuple[str, str]:
    """Returns place and word of the first number of `polygons` that is outside 0 to `points` - 1; it must exist."""
    for match in _words(text, polygons.begin):
        if match[0] != b"-1" and not 0 <= int(match[0]) < points:
            return f"byte {match.start()}", match[0].decode()
    raise ValueError("all numbers are within range")


def place_of(text: Text, begin: int, number: int) -> str:
    """Returns the place of value `number` in the list that begins at byte `begin`, e.g. "byte 120"."""
    return f"byte {next(itertools.islice(_words(text, begin), number, None)).start()}"


def _words(text: Text, begin: int) -> Iterator[re.Match[bytes]]:
    return (match for match in _WORDS.finditer(text.view, begin) if not match[0].startswith(b"#"))


def _check_end(text: Text, end: int, block: str) -> None:
    if end == len(text):
        raise BadFile(text.file, f"byte {end}", f"the file ends inside {block}", REMEDY)
    if text.content[end] != ord("]"):
        raise BadFile(text.file, f"byte {end}", f"{text.word(end)} is not a number of {block}", REMEDY)


_BRACKET = ord("]")
_MORE, _STOPPED = -1, -2  # beside the results of `fill_fans`
_REASONS = {
    SMALL: "a polygon of {block} has fewer than 3 corners",
    LARGE: f"a polygon of {{block}} has more than {MOST_CORNERS} corners: its -1 is missing",
}


@numba.njit(cache=True, nogil=True)
def _sort_window(data, at):  # type: ignore[no-untyped-def]
    """Returns masks of the window at byte `at`, up to its last gap: (width, words, digits, points, minuses).

    No unknown byte stands before this gap. The width counts the bytes up to the gap, with the gap; 0 without a gap.
    """
    digits, minuses, points = (
        bytes_within(data, at, 48, 57),
        bytes_within(data, at, 45, 45),
        bytes_within(data, at, 46, 46),
    )
    gaps = bytes_within(data, at, 9, 13) | bytes_within(data, at, 32, 32) | bytes_within(data, at, 44, 44)
    strange = ~(digits | minuses | points | gaps)
    if strange != 0:
        gaps &= (strange & -strange) - 1
    last = last_bit(gaps)
    below = (np.int64(1) << last) - 1 if last >= 0 else np.int64(0)
    return last + 1, ~gaps & below, digits & below, points & below, minuses & below


@numba.njit(cache=True, nogil=True)
def _parse_floats(data, at, values, count, late):  # type: ignore[no-untyped-def]
    """Fills `values` from index `count` on; returns (count, late count, byte at which it stopped, reason).

    `late` gets (index, first byte, byte after) of each decimal that is left to Python.
    """
    words, divisors, late_count = np.empty(CHUNK, np.int64), np.empty(CHUNK), 0
    while count + CHUNK <= len(values) and late_count < len(late):
        found, at = _find_decimals(data, at, words, divisors)
        if found > 0:
            to_floats(words, divisors, values[count : count + found])
            count += found
            continue
        at = _skip_gap(data, at)
        value, end, exact = parse_decimal(data, at)
        if KINDS[data[at]] == 2 or end < 0 or KINDS[data[end]] == 0:
            return count, late_count, at, _STOPPED
        values[count] = value
        if not exact:
            late[late_count, 0], late[late_count, 1], late[late_count, 2] = count, at, end
            late_count += 1
        count += 1
        at = end
    return count, late_count, at, _MORE


@numba.njit(cache=True, nogil=True)
def _find_decimals(data, at, words, divisors):  # type: ignore[no-untyped-def]
    """Takes digits and powers of ten of usual decimals from byte `at` on; returns (number of decimals, byte after)."""
    count = 0
    while FIRST_WINDOW <= at <= len(data) - WINDOW and count + WINDOW <= len(words):
        width, body, digits, points, minuses = _sort_window(data, at)
        starts, ends = body & ~(body << 1), ~body & (body << 1)
        if width == 0 or not is_usual(digits, points, minuses, starts):
            break
        found, most = count, np.int64(0)
        while starts != 0:
            start, end = first_bit(starts), first_bit(ends)
            negative, point = (minuses >> start) & 1, min(first_bit(points), end)
            words[found], digits, places = take_decimal(data, at + start + negative, at + point, at + end)
            divisors[found] = SIGNED_TENS[negative, places]
            starts, ends, points = starts & (starts - 1), ends & (ends - 1), points & -(np.int64(1) << end)
            most, found = max(most, digits), found + 1
        if most > 8:
            break
        count, at = found, at + width
    return count, at


@numba.njit(cache=True, nogil=True)
def _parse_polygons(data, at, triangles, sizes, state):  # type: ignore[no-untyped-def]
    """Turns polygons into fans; returns (byte where it stopped or of a word, number of the faulty word, reason)."""
    numbers = np.empty(CHUNK, np.int64)
    while has_room(triangles, sizes, state):
        count, end = _read_integers(data, at, numbers)
        if count < 0:
            if data[end] == _BRACKET and state[5] > 0:  # the last -1 may be missing
                numbers[0] = -1
                number, fault = fill_fans(numbers, 1, triangles, sizes, state)
                if fault != FINE:
                    return end, 0, fault
            return end, 0, _STOPPED
        number, fault = fill_fans(numbers, count, triangles, sizes, state)
        if fault != FINE:
            return at, number, fault
        at = end
    return at, 0, _MORE


@numba.njit(cache=True, nogil=True)
def _read_integers(data, at, numbers):  # type: ignore[no-untyped-def]
    """Reads at least one integer into `numbers`: returns (count, byte after), or (-1, byte) where the list ends."""
    count, after = _find_integers(data, at, numbers)
    if count > 0:
        to_integers(numbers, count)
        return count, after
    at = _skip_gap(data, at)
    value, end = parse_integer(data, at)
    if KINDS[data[at]] == 2 or end < 0 or KINDS[data[end]] == 0:
        return -1, at
    numbers[0] = value
    return 1, end


@numba.njit(cache=True, nogil=True)
def _find_integers(data, at, words):  # type: ignore[no-untyped-def]
    """Takes the digits of usual integers from byte `at` on; returns (number of integers, byte after)."""
    count = 0
    while FIRST_WINDOW <= at <= len(data) - WINDOW and count + WINDOW <= len(words):
        width, body, digits, points, minuses = _sort_window(data, at)
        if width == 0 or points != 0 or not is_usual(digits, points, minuses, body & ~(body << 1)):
            break
        starts, ends, minuses = digits & ~(digits << 1), ~digits & (digits << 1), minuses << 1
        while starts != 0:
            start, end = first_bit(starts), first_bit(ends)
            words[count] = take_digits(data, at + end, end - start) | ((minuses >> start) << 63)
            starts, ends, count = starts & (starts - 1), ends & (ends - 1), count + 1
        at += width
    return count, at


@numba.njit(cache=True, nogil=True)
def _skip_gap(data, at):  # type: ignore[no-untyped-def]
    """Returns the first byte at or after `at` that belongs neither to a gap nor to a comment."""
    while True:
        kind = KINDS[data[at]]
        if kind == 1:
            at += 1
        elif kind == 3:
            while at < len(data) - WINDOW and data[at] != 10 and data[at] != 13:
                at += 1
        else:
            return at
