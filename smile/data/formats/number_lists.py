"""Lists of numbers in text at machine speed: compiled tokenisers over bytes, exact to the last bit.

A list is numbers parted by blanks, line ends or commas, with `#` comments to the end of the line, up to a `]`.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numba
import numpy as np

from smile.data.face import Float, Int
from smile.errors import BadFile

#: What every damaged file is answered with.
REMEDY = "copy the file again from its source"

# Byte -> what it is in a list: 0 part of a number or strange, 1 gap, 2 end of the list or of the file, 3 comment.
_KINDS = np.zeros(256, np.uint8)
_KINDS[list(b" \n,\r\t\f\v")] = 1
_KINDS[list(b"]\0")] = 2
_KINDS[ord("#")] = 3

# Powers of ten that a double holds exactly. A mantissa up to 2^53 times or over one of them is a single correctly
# rounded operation, so it equals the exact reading (Clinger 1990, How to read floating point numbers accurately).
_TENS = 10.0 ** np.arange(23)
_MOST_DIGITS = 18  # these fit an int64
_INT32_LIMIT = np.int64(2**31 - 1)
_POWER_LIMIT = np.int64(9999)

_WORDS = re.compile(rb"#[^\r\n]*|\]|[^\s,\]#]+")


def load(file: Path) -> bytes:
    """The bytes of `file` and a NUL after them, at which the tokenisers stop; BadFile where it cannot be read."""
    try:
        return file.read_bytes() + b"\0"
    except OSError as error:
        raise BadFile(file, "", f"cannot be read: {error.strerror}", "check that it exists and may be read") from None


def read_floats(file: Path, data: bytes, begin: int, block: str) -> tuple[Float, int]:
    """The decimals of `load`ed data from byte `begin` to the closing `]`, and the byte after it.

    Each value is float32(float(text)) to the bit. Raises BadFile at a word that is no decimal and where the file ends.
    """
    room = (len(data) - begin) // 2 + 1  # untouched pages of an empty array cost nothing
    values, late = np.empty(room, np.float32), np.empty((room, 3), np.int64)
    count, late_count, end = _parse_floats(np.frombuffer(data, np.uint8), begin, values, late)
    _check_end(file, data, end, block)
    with np.errstate(over="ignore"):  # beyond float32 is infinite, which the caller refuses
        for chunk in range(0, late_count, 4096):  # tuples of all at once would take many times the file
            for number, first, after in late[chunk : min(chunk + 4096, late_count)].tolist():
                values[number] = float(data[first:after])
    return values[:count].copy(), end + 1


def read_integers(file: Path, data: bytes, begin: int, block: str) -> tuple[Int, int]:
    """As `read_floats` for whole numbers of at most 18 digits; beyond int32 they saturate."""
    values = np.empty((len(data) - begin) // 2 + 1, np.int32)
    count, end = _parse_integers(np.frombuffer(data, np.uint8), begin, values)
    _check_end(file, data, end, block)
    return values[:count], end + 1


def place_of(data: bytes, begin: int, number: int) -> str:
    """Where value `number` of the list at byte `begin` stands: `byte N`; behind the last value, its bracket."""
    words = (match for match in _WORDS.finditer(data, begin) if not match[0].startswith(b"#"))
    return f"byte {next(itertools.islice(words, number, None)).start()}"


def _check_end(file: Path, data: bytes, end: int, block: str) -> None:
    if end == len(data) - 1:
        raise BadFile(file, f"byte {end}", f"the file ends inside {block}", REMEDY)
    if data[end] != ord("]"):
        word = re.compile(rb"[^\s,\]]+").match(data, end)
        text = (word[0] if word else data[end : end + 1])[:40].decode("ascii", "backslashreplace")
        raise BadFile(file, f"byte {end}", f"{text!r} is not a number of {block}", REMEDY)


@numba.njit(cache=True, nogil=True)
def _parse_integers(data, begin, values):  # type: ignore[no-untyped-def]
    """Fills `values`; returns (count, byte of the closing bracket or of the strange word)."""
    count, at = 0, _skip_gap(data, begin)
    while _KINDS[data[at]] != 2:
        start, negative = at, data[at] == 45
        at += negative or data[at] == 43
        digits_from = at
        value, digit = np.int64(0), np.int64(data[at]) - 48
        while 0 <= digit <= 9:
            value = value * 10 + digit
            at += 1
            digit = np.int64(data[at]) - 48
        if not 0 < at - digits_from <= _MOST_DIGITS or _KINDS[data[at]] == 0:
            return count, start
        value = min(value, _INT32_LIMIT)
        values[count] = -value if negative else value
        count += 1
        at = _skip_gap(data, at)
    return count, at


@numba.njit(cache=True, nogil=True)
def _parse_floats(data, begin, values, late):  # type: ignore[no-untyped-def]
    """Fills `values`, and `late` with (number, first byte, byte after) of decimals that need exact arithmetic.

    Returns (count, late count, byte of the closing bracket or of the strange word).
    """
    count, late_count, at = 0, 0, _skip_gap(data, begin)
    while _KINDS[data[at]] != 2:
        value, end, exact = _parse_decimal(data, at)
        if end < 0:
            return count, late_count, at
        values[count] = value
        if not exact:
            late[late_count, 0], late[late_count, 1], late[late_count, 2] = count, at, end
            late_count += 1
        count += 1
        at = _skip_gap(data, end)
    return count, late_count, at


@numba.njit(cache=True, nogil=True)
def _parse_decimal(data, start):  # type: ignore[no-untyped-def]
    """(value, byte after it, whether it is exact) of the decimal at `start`; the byte is -1 where there is none."""
    at = start
    at += data[at] == 45 or data[at] == 43
    digits_from, point, mantissa = at, -1, np.int64(0)
    while True:
        digit = np.int64(data[at]) - 48
        if 0 <= digit <= 9:
            mantissa = mantissa * 10 + digit  # may wrap beyond 18 digits, which are read exactly later
        elif data[at] == 46 and point < 0:
            point = at
        else:
            break
        at += 1
    digits = at - digits_from - (point >= 0)
    exponent = point + 1 - at if point >= 0 else 0
    if digits == 0:
        return 0.0, -1, False
    if (data[at] | 32) == 101:
        power, at = _parse_exponent(data, at + 1)
        exponent += power
    if at < 0 or _KINDS[data[at]] == 0:
        return 0.0, -1, False
    if digits > _MOST_DIGITS or mantissa > 2**53 or abs(exponent) > 22:
        return 0.0, at, False
    value = mantissa * _TENS[exponent] if exponent >= 0 else mantissa / _TENS[-exponent]
    return (-value if data[start] == 45 else value), at, True


@numba.njit(cache=True, nogil=True)
def _parse_exponent(data, at):  # type: ignore[no-untyped-def]
    """(power of ten, cut at 9999, which is never exact; byte after it, or -1 where there is none)."""
    negative = data[at] == 45
    at += negative or data[at] == 43
    digits_from, power, digit = at, np.int64(0), np.int64(data[at]) - 48
    while 0 <= digit <= 9:
        power = min(power * 10 + digit, _POWER_LIMIT)
        at += 1
        digit = np.int64(data[at]) - 48
    if at == digits_from:
        return 0, -1
    return (-power if negative else power), at


@numba.njit(cache=True, nogil=True)
def _skip_gap(data, at):  # type: ignore[no-untyped-def]
    """The first byte at or after `at` that is neither gap nor comment."""
    while True:
        kind = _KINDS[data[at]]
        if kind == 1:
            at += 1
        elif kind == 3:
            while at < len(data) - 1 and data[at] != 10 and data[at] != 13:
                at += 1
        else:
            return at
