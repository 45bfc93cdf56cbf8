"""Landmark files (.bndplus) of BP4D+: 83 lines `x,y,z`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from smile.data.face import Float
from smile.data.formats.bnd import COUNT
from smile.data.formats.lines import NUMBER, match_numbers, read_lines
from smile.errors import BadFile

# Whether an index may stand before the point was not seen; it may.
_LINE = re.compile(rf"\s*+(?:\d{{1,9}}\s*+,)?\s*+{NUMBER}\s*+,\s*+{NUMBER}\s*+,\s*+{NUMBER}\s*+,?+\s*+", re.ASCII)
_REMEDY = "copy it again from the release"


def read_bndplus(path: Path) -> Float:
    """The landmarks [83, 3], mm, in the order of the lines; blank lines do not count.

    Raises BadFile at a line that is not `x,y,z` with sensible numbers, and where there are not 83 of them.
    """
    rows: list[list[float]] = []
    for number, line in enumerate(read_lines(path, _REMEDY), start=1):
        if not line.strip():
            continue
        row = match_numbers(_LINE, line)
        if not row:
            raise BadFile(path, f"line {number}", f"{line.strip()[:60]!r} is not `x,y,z` in mm", _REMEDY)
        rows.append(row)
    if len(rows) != COUNT:
        raise BadFile(path, "", f"{len(rows)} landmarks instead of {COUNT}", _REMEDY)
    return np.array(rows, np.float32)


def write_bndplus(path: Path, landmarks: Float) -> None:
    """Writes landmarks [83, 3], mm, to 4 decimals."""
    path.write_bytes("".join(f"{x:.4f},{y:.4f},{z:.4f}\n" for x, y, z in landmarks.tolist()).encode())
