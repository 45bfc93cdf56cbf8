"""Reads and writes landmark files (.bnd) of the BU data sets: 83 lines `index x y z`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from smile.arrays import Float32, Float64, Int32
from smile.data.formats.tokens.lines import NUMBER, read_number_rows

#: Number of landmarks in a file: eyes, brows, nose, lips and the outline of the face.
COUNT = 83

_LINE = re.compile(rf"\s*+(\d{{1,9}})\s++{NUMBER}\s++{NUMBER}\s++{NUMBER}\s*+", re.ASCII)
_REMEDY = "copy it again from the landmark package"


def read_bnd(path: Path) -> Float32:
    """Reads the landmarks [83, 3], mm, in the order of the lines; blank lines do not count.

    Raises BadFile at a line that is not `index x y z` with sensible numbers, and where there are not 83 lines.
    """
    return _read(path)[:, 1:].astype(np.float32)


def read_indices(path: Path) -> Int32:
    """Reads the first column [83]: in BU-3DFE the vertex number of each landmark, from 0; in BU-4DFE only a count."""
    return _read(path)[:, 0].astype(np.int32)


def write_bnd(path: Path, landmarks: Float32, indices: Int32 | None = None) -> None:
    """Writes landmarks [83, 3], mm, with 4 decimals; `indices` [83] come first, or else numbers from 1."""
    column = range(1, len(landmarks) + 1) if indices is None else indices.tolist()
    rows = zip(column, landmarks.tolist(), strict=True)
    path.write_bytes("".join(f"{index}\t\t{x:.4f} {y:.4f} {z:.4f}\n" for index, (x, y, z) in rows).encode())


def _read(path: Path) -> Float64:
    """Reads all four columns [83, 4]."""
    return read_number_rows(path, _LINE, COUNT, "index x y z", _REMEDY)
