"""Transforms of VRML 2.0: how the nodes around a shape move, turn and scale it (ISO/IEC 14772-1, 6.52)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from smile.arrays import Float64
from smile.data.formats.tokens.lines import NUMBER
from smile.data.formats.tokens.text import REMEDY, Text
from smile.errors import BadFile

#: Field -> what it is where it is not given.
FIELDS: Mapping[bytes, tuple[float, ...]] = {
    b"translation": (0, 0, 0),
    b"center": (0, 0, 0),
    b"rotation": (0, 0, 1, 0),
    b"scaleOrientation": (0, 0, 1, 0),
    b"scale": (1, 1, 1),
}

_NUMBERS = {
    count: re.compile(rb"[\s,]+".join([rb"", *[NUMBER.encode()] * count]) + rb"(?=[\s,}#])") for count in (3, 4)
}


def read_field(text: Text, field: bytes, at: int) -> list[float]:
    """The numbers of a field behind byte `at`; BadFile where there are too few."""
    found = _NUMBERS[len(FIELDS[field])].match(text.view, at)
    if found is None:
        reason = f"{field.decode()} of a Transform wants {len(FIELDS[field])} numbers"
        raise BadFile(text.file, f"byte {at}", reason, REMEDY)
    return [float(number) for number in found.groups()]


def compose_moves(moves: Sequence[Mapping[bytes, Sequence[float]]]) -> Float64:
    """The matrix [4, 4] of Transforms, the outermost first."""
    matrix = np.eye(4)
    for move in moves:
        given = {field: np.array(move.get(field, rest), np.float64) for field, rest in FIELDS.items()}
        centre, aligned = _shift(given[b"center"]), _turn(given[b"scaleOrientation"])
        matrix = matrix @ _shift(given[b"translation"]) @ centre @ _turn(given[b"rotation"]) @ aligned
        matrix = matrix @ np.diag([*given[b"scale"], 1.0]) @ aligned.T @ _shift(-given[b"center"])
    return matrix


def _shift(by: Float64) -> Float64:
    matrix = np.eye(4)
    matrix[:3, 3] = by
    return matrix


def _turn(about: Float64) -> Float64:
    """The rotation about an axis x, y, z by an angle in radians (Rodrigues)."""
    matrix, length = np.eye(4), float(np.linalg.norm(about[:3]))
    if length == 0:
        return matrix
    (x, y, z), angle = about[:3] / length, about[3]
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrix[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return matrix
