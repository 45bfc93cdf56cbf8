"""Reads and writes landmark files (.bndplus) of BP4D+: 83 lines `x,y,z`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from smile.arrays import Float32
from smile.data.formats.bnd import COUNT
from smile.data.formats.tokens.lines import NUMBER, read_number_rows

# We do not know whether an index stands before the point in real files. The pattern accepts both forms.
_LINE = re.compile(rf"\s*+(?:\d{{1,9}}\s*+,)?\s*+{NUMBER}\s*+,\s*+{NUMBER}\s*+,\s*+{NUMBER}\s*+,?+\s*+", re.ASCII)
_REMEDY = "copy it again from the release"


def read_bndplus(path: Path) -> Float32:
    """Reads the landmarks [83, 3], mm, in the order of the lines; blank lines do not count.

    Raises BadFile at a line that is not `x,y,z` with sensible numbers, and where there are not 83 lines.
    """
    return read_number_rows(path, _LINE, COUNT, "x,y,z", _REMEDY).astype(np.float32)


def write_bndplus(path: Path, landmarks: Float32) -> None:
    """Writes landmarks [83, 3], mm, with 4 decimals."""
    path.write_bytes("".join(f"{x:.4f},{y:.4f},{z:.4f}\n" for x, y, z in landmarks.tolist()).encode())
