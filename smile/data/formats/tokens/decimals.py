"""Parses numbers in text with compiled code: it sorts 64 bytes at once, and gives the exact result to the last bit.

Usual numbers have an optional minus, at most 8 digits before the point and at most 8 after it. Bit masks of a window
of 64 bytes find them (Langdale & Lemire 2019, Parsing gigabytes of JSON per second). `parse_decimal` and
`parse_integer` read everything else byte by byte. Decimals that neither can read to the last bit are called late:
they are left to Python's own float().

Warning: numba caches a kernel of another file that calls these functions under that file alone. After a change here,
change the other file too, or delete its __pycache__.
"""

from __future__ import annotations

import numba
import numpy as np

from smile.data.formats.tokens.windows import eight_bytes

#: Kind of each byte in a list: 0 part of a number or unknown, 1 gap, 2 end of the list or file, 3 start of a comment.
KINDS = np.zeros(256, np.uint8)
KINDS[list(b" \n,\r\t\f\v")] = 1
KINDS[list(b"]\0")] = 2
KINDS[ord("#")] = 3

# Powers of ten that a double holds exactly. A mantissa up to 2^53, multiplied or divided by one of them, is rounded
# once and correctly, so the result is exact (Clinger 1990, How to read floating point numbers accurately).
_TENS = 10.0 ** np.arange(23)
#: Powers of ten, by minus (0 or 1) and number of digits after the point.
SIGNED_TENS = np.stack([_TENS[:9], -_TENS[:9]])
_EXACT = 2**53
_MOST_DIGITS = 18  # 18 digits fit into an int64
_INT32_LIMIT = np.int64(2**31 - 1)
_POWER_LIMIT = np.int64(9999)
_NAN, _INF = (int.from_bytes(word, "big") for word in (b"nan", b"inf"))

# Masks for the last n of eight bytes, without the bits that make a byte an ASCII digit; 0 for n beyond eight.
_LAST = np.array([(0x0F0F0F0F0F0F0F0F >> 8 * (8 - n) << 8 * (8 - n)) for n in range(9)] + [0] * 8, np.int64)
_PAIRS, _FOURS = np.int64(0x00FF00FF00FF00FF), np.int64(0x0000FFFF0000FFFF)
_ONES = np.int64(0xFFFFFFFF)


@numba.njit(cache=True, nogil=True)
def take_digits(data, end, count):  # type: ignore[no-untyped-def]
    """Returns the `count` digits (0 to 8) before byte `end` as the highest bytes of a word, for `to_integers`."""
    return eight_bytes(data, end - 8) & _LAST[count]


@numba.njit(cache=True, nogil=True)
def take_decimal(data, start, point, end):  # type: ignore[no-untyped-def]
    """Returns (word, digits in it, digits after the point) of the decimal in bytes `start` to `end` - 1.

    `point` is the byte of the decimal point, or `end` without a point. The word is meaningless for more than 8 digits.
    """
    places, pointed = max(end - point - 1, 0), point < end
    digits = end - start - pointed
    behind = _LAST[places]
    # The digits before the point move up by one byte, into the place of the point.
    word = (eight_bytes(data, end - 8 - pointed) & (_LAST[digits] ^ behind)) | (eight_bytes(data, end - 8) & behind)
    return word, digits, places


@numba.njit(cache=True, nogil=True)
def _join_digits(word):  # type: ignore[no-untyped-def]
    """Returns the number of eight digits: joins pairs, then fours, then all eight, with one multiplication each."""
    pairs = (((word & _LAST[8]) * 2561) >> 8) & _PAIRS
    fours = ((pairs * 6553601) >> 16) & _FOURS
    return ((fours * 42949672960001) >> 32) & _ONES


@numba.njit(cache=True, nogil=True)
def to_integers(words, count):  # type: ignore[no-untyped-def]
    """Turns `count` words of digits into integers, in place; the highest bit of a word means minus."""
    for number in range(count):
        sign = words[number] >> 63
        words[number] = (_join_digits(words[number]) ^ sign) - sign


@numba.njit(cache=True, nogil=True)
def to_floats(words, divisors, values):  # type: ignore[no-untyped-def]
    """Fills `values` with the numbers of words of digits, each divided by its power of ten, which holds the sign."""
    for number in range(len(values)):
        values[number] = _join_digits(words[number]) / divisors[number]


@numba.njit(cache=True, nogil=True)
def is_usual(digits, points, minuses, starts):  # type: ignore[no-untyped-def]
    """Returns whether masks of a window show only words that `take_decimal` can read, e.g. "-12.5", but not "1e3"."""
    misplaced = (minuses & ~starts) | ((minuses << 1) & ~(digits | points))
    bare = ((points & ~(digits << 1)) << 1) & ~digits
    # Adding the bit of the first digit after a point carries through these digits, to the byte after them.
    behind = (digits + ((points << 1) & digits)) & ~digits
    twice = points & (behind | (points << 1))
    return (misplaced | bare | twice | longer_than_eight(digits)) == 0


@numba.njit(cache=True, nogil=True)
def longer_than_eight(digits):  # type: ignore[no-untyped-def]
    """Returns a mask that is not 0 if more than eight set bits follow one another."""
    run = digits & (digits << 1)
    run &= run << 2
    run &= run << 4
    return run & (digits << 8)


@numba.njit(cache=True, nogil=True)
def parse_integer(data, start):  # type: ignore[no-untyped-def]
    """Returns (value, byte after it) of an integer with at most 18 digits, limited to int32; the byte is -1 if none."""
    at = start
    negative = data[at] == 45
    at += negative or data[at] == 43
    digits_from = at
    value, digit = np.int64(0), np.int64(data[at]) - 48
    while 0 <= digit <= 9:
        value = value * 10 + digit
        at += 1
        digit = np.int64(data[at]) - 48
    if not 0 < at - digits_from <= _MOST_DIGITS:
        return np.int64(0), -1
    value = min(value, _INT32_LIMIT)
    return (-value if negative else value), at


@numba.njit(cache=True, nogil=True)
def parse_decimal(data, start):  # type: ignore[no-untyped-def]
    """(value, byte after it, whether it is exact) of the decimal at `start`; the byte is -1 where there is none.

    The words by which programs write that a value is missing, such as nan, -nan(ind) and 1.#QNAN, give NaN.
    """
    digits_from = start + (data[start] == 45 or data[start] == 43)
    mantissa, point, at = _take_mantissa(data, digits_from)
    digits = at - digits_from - (point >= 0)
    exponent = point + 1 - at if point >= 0 else 0
    if digits == 0 or (data[at] == 35 and data[at - 1] == 46):
        return _parse_missing(data, at)
    if (data[at] | 32) == 101:
        power, at = _parse_exponent(data, at + 1)
        exponent += power
    if at < 0 or digits > _MOST_DIGITS or mantissa > _EXACT or abs(exponent) > 22:
        return 0.0, at, False
    value = _scale(mantissa, exponent)
    return (-value if data[start] == 45 else value), at, True


@numba.njit(cache=True, nogil=True)
def _scale(mantissa, exponent):  # type: ignore[no-untyped-def]
    """Returns mantissa * 10^exponent, exactly rounded for exponents from -22 to 22."""
    return mantissa * _TENS[exponent] if exponent >= 0 else mantissa / _TENS[-exponent]


@numba.njit(cache=True, nogil=True)
def _take_mantissa(data, at):  # type: ignore[no-untyped-def]
    """Returns (the digits from byte `at` on as one number, byte of the point or -1, byte after them).

    The number may overflow beyond 18 digits; such decimals are read again later.
    """
    point, mantissa = -1, np.int64(0)
    while True:
        digit = np.int64(data[at]) - 48
        if 0 <= digit <= 9:
            mantissa = mantissa * 10 + digit
        elif data[at] == 46 and point < 0:
            point = at
        else:
            return mantissa, point, at
        at += 1


@numba.njit(cache=True, nogil=True)
def _parse_missing(data, at):  # type: ignore[no-untyped-def]
    """(NaN, byte behind the word, whether it is exact) of a word for a missing value; the byte is -1 for none."""
    first, second = data[at] | 32, data[at + 1] | 32
    letters = (first << 16) | (second << 8) | (data[at + 2] | 32)
    marked = data[at] == 35 and (second == 105 or second == 113 or second == 115)  # 1.#IND, 1.#QNAN, 1.#SNAN
    if letters != _NAN and letters != _INF and not marked:
        return 0.0, -1, False
    while data[at] > 32 and data[at] != 44 and data[at] != 93:
        at += 1
    return np.nan, at, True


@numba.njit(cache=True, nogil=True)
def _parse_exponent(data, at):  # type: ignore[no-untyped-def]
    """Returns (power of ten, limited to 9999, which is never exact; byte after it, or -1 if there is none)."""
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
