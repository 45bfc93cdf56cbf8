"""Landmark files (.bnd) of the BU data sets: 83 lines `index x y z`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from smile.data.face import Float
from smile.errors import BadFile

#: Landmarks in a file: eyes, brows, nose, lips and the outline of the face.
COUNT = 83

_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_LINE = re.compile(rf"\s*\d+\s+{_NUMBER}\s+{_NUMBER}\s+{_NUMBER}\s*", re.ASCII)
_FARTHEST = 1e6  # mm
_REMEDY = "copy it again from the landmark package"


def read_bnd(path: Path) -> Float:
    """The landmarks [83, 3], mm, in the order of the lines; blank lines do not count.

    Raises BadFile at a line that is not `index x y z` with sensible numbers, and where there are not 83 of them.
    """
    rows: list[list[float]] = []
    for number, line in enumerate(_read_lines(path), start=1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        row = [float(value) for value in match.groups()] if match else []
        if not row or max(map(abs, row)) > _FARTHEST:
            raise BadFile(path, f"line {number}", f"{line.strip()[:60]!r} is not `index x y z` in mm", _REMEDY)
        rows.append(row)
    if len(rows) != COUNT:
        raise BadFile(path, "", f"{len(rows)} landmarks instead of {COUNT}", _REMEDY)
    return np.array(rows, np.float32)


def write_bnd(path: Path, landmarks: Float) -> None:
    """Writes landmarks [83, 3], mm, to 4 decimals, numbered from 1."""
    lines = [f"{number}\t\t{x:.4f} {y:.4f} {z:.4f}\n" for number, (x, y, z) in enumerate(landmarks.tolist(), start=1)]
    path.write_bytes("".join(lines).encode())


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").split("\n")
    except OSError as error:
        raise BadFile(path, "", f"cannot be read: {error.strerror}", _REMEDY) from None
