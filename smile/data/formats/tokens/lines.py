"""Reads small text files with a few numbers in each line, such as landmarks."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from smile.arrays import Float64
from smile.data.files import read_text
from smile.errors import BadFile

#: A decimal number as a group of a regular expression. It never backtracks, so no line can take long to match.
NUMBER = r"([+-]?+(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?+\d++)?+)"
#: mm or pixels; a face lies a few hundred from the origin, so a larger value is a fault.
FARTHEST_POINT = 1e6

_LARGEST = 1 << 18  # bytes; landmark files have 2 to 10 thousand


def read_lines(path: Path, remedy: str) -> list[str]:
    """The lines of an ASCII file; BadFile where it cannot be read or is far too large for landmarks."""
    return read_text(path, remedy, _LARGEST, errors="replace").split("\n")


def match_numbers(pattern: re.Pattern[str], line: str) -> list[float]:
    """Matches the whole `line`; returns the groups as numbers within FARTHEST_POINT, or an empty list."""
    match = pattern.fullmatch(line)
    numbers = [float(value) for value in match.groups()] if match else []
    return numbers if all(abs(number) <= FARTHEST_POINT for number in numbers) else []


def read_number_rows(path: Path, pattern: re.Pattern[str], count: int, form: str, remedy: str) -> Float64:
    """Returns the groups of `pattern` in each line, [count, groups]; blank lines do not count.

    Raises BadFile at a line that is not `form` with sensible numbers, and where there are not `count` lines.
    """
    rows: list[list[float]] = []
    lines = read_lines(path, remedy)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = match_numbers(pattern, line)
        if not row:
            raise BadFile(path, f"line {number}", f"{line.strip()[:60]!r} is not `{form}` in mm", remedy)
        rows.append(row)
    if len(rows) != count:
        raise BadFile(path, f"line {len(lines)}", f"{len(rows)} landmarks instead of {count}", remedy)
    return np.array(rows)
