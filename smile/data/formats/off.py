"""OFF meshes (.off), as text: points, polygons, and the colours of either, as many as the head states."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from smile.arrays import Float32, Int32
from smile.data.face import Scan
from smile.data.formats.surface import COLOURS_OF_FACES, Corners, build, find_broken_number, scale_colours
from smile.data.formats.tokens.number_lists import read_to_end
from smile.data.formats.tokens.text import REMEDY, Text, load_text
from smile.errors import BadFile

_HEAD = re.compile(rb"\s*(?:#[^\r\n]*\s*)*(ST)?(C)?(N)?(4?n?)OFF(?=[\s#])([ \t]*BINARY)?")
_BEHIND_A_FACE = (0, 1, 3, 4)  # numbers that give its colour
_MOST = 2**24  # points that numbers in single precision tell apart


def read_off(path: Path) -> Scan:
    """The face in an OFF file, polygons fanned into triangles, with the colours of its vertices where it has them.

    Raises BadFile where the head is none, states more or less than follows, or what follows is no face.
    """
    text = load_text(path)
    head = _HEAD.match(text.view)
    if head is None or head[4] or head[5]:
        reason = "is no off mesh: it does not begin with OFF" if head is None else "is an OFF file of another kind"
        raise BadFile(path, "byte 0", reason, "save it again as text, as .off, .ply or .obj")
    with np.errstate(invalid="ignore"):  # of what is infinite
        return _read(text, head, read_to_end(text, head.end()))


def _read(text: Text, head: re.Match[bytes], numbers: Float32) -> Scan:
    path = text.file
    points, faces = _read_counts(path, numbers)
    width = _count_words(text, head.end()) if points else 3
    body = numbers[3 + points * width :]
    if width < 3 or len(numbers) < 3 + points * width:
        reason = f"its head states {points} points, and there are {(len(numbers) - 3) // 3}"
        raise BadFile(path, "points", reason, REMEDY)
    rows = numbers[3 : 3 + points * width].reshape(points, width)
    sizes, corners, behind = _read_faces(path, body, faces) or _read_lines(text, head.end(), points, faces)
    normals = 3 if head[3] else 0
    coloured = rows[:, 3 + normals : 6 + normals] if width - normals - (2 if head[1] else 0) in (6, 7) else None
    scan = build(path, rows[:, :3], sizes, corners, scale_colours(coloured))
    return replace(scan, left_out=COLOURS_OF_FACES) if behind and scan.colours is None else scan


def _read_counts(path: Path, numbers: Float32) -> tuple[int, int]:
    if len(numbers) < 3 or not ((numbers[:2] >= 0) & (numbers[:2] < _MOST) & (numbers[:2] % 1 == 0)).all():
        raise BadFile(path, "head", "does not state how many points, faces and edges there are", REMEDY)
    return int(numbers[0]), int(numbers[1])


def _count_words(text: Text, at: int) -> int:
    """How many numbers the line of the first point has: the one behind three numbers, comments passed over."""
    seen = 0
    for line in re.finditer(rb"[^\r\n]*", text.view[at:]):
        words = line[0].partition(b"#")[0].split()
        if words and seen >= 3:
            return len(words)
        seen += len(words)
    return 0


def _read_faces(path: Path, body: Float32, faces: int) -> tuple[Int32, Corners, int] | None:
    """Lengths and corners of polygons that all have as many of them, and as many numbers of a colour behind."""
    if faces == 0 or len(body) % faces:
        return (np.zeros(0, np.int32), np.zeros(0, np.int32), 0) if faces == len(body) == 0 else None
    rows = body.reshape(faces, -1)
    length = rows[0, 0] if rows.size else 0
    if length % 1 or length < 0 or rows.shape[1] - 1 - length not in _BEHIND_A_FACE or (rows[:, 0] != length).any():
        return None
    corners = rows[:, 1 : 1 + int(length)].reshape(-1)
    if find_broken_number(corners) is not None:
        raise BadFile(path, "faces", "a number of a corner is not whole", REMEDY)
    behind = rows.shape[1] - 1 - int(length)
    return np.full(faces, int(length), np.int32), corners, behind


def _read_lines(text: Text, at: int, points: int, faces: int) -> tuple[Int32, Corners, int]:
    """Lengths and corners of polygons of any kind, one a line, and the most numbers of a colour behind them."""
    lines = sum(1 for _ in _split_lines(text, at))
    if lines - points - faces not in (0, 1):
        reason = f"its head states {points} points and {faces} faces, and {lines} lines follow"
        raise BadFile(text.file, "end", reason, REMEDY)
    sizes, corners, behind = np.zeros(faces, np.int32), array("i"), 0
    for number, words in enumerate(islice(_split_lines(text, at), lines - faces, None)):
        try:
            sizes[number] = length = int(words[0])
            corners.extend(map(int, words[1 : 1 + length]))
        except (ValueError, OverflowError):
            raise BadFile(
                text.file, f"face {number}", "a number of a corner is not whole, or too large", REMEDY
            ) from None
        if length < 0 or len(words) - 1 - length not in _BEHIND_A_FACE:
            reason = f"{len(words) - 1} numbers do not fit the {length} corners that it states"
            raise BadFile(text.file, f"face {number}", reason, REMEDY)
        behind = max(behind, len(words) - 1 - length)
    return sizes, np.frombuffer(corners, np.int32), behind


def _split_lines(text: Text, at: int) -> Iterator[list[bytes]]:
    """The words of each line that has any, comments passed over; one at a time, for there may be millions."""
    for line in re.finditer(rb"[^\r\n]+", text.view[at:]):
        if words := line[0].partition(b"#")[0].split():
            yield words
