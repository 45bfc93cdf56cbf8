"""Reads and writes landmark files of Bosphorus: .lm3 in mm, beside the scan; .lm2 in pixels of its image.

A file has free text, then the number of landmarks. In a .lm3, each label stands above its point. In a .lm2, all
labels stand above all points. Free text and set of landmarks differ between files, so labels identify the landmarks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from smile.arrays import Float32
from smile.data.formats.tokens.lines import NUMBER, match_numbers, read_lines
from smile.errors import BadFile

#: Landmarks in the order of the scheme "bosphorus", which is by contour and differs from the order in the files.
NAMES = (
    *("Outer left eyebrow", "Middle left eyebrow", "Inner left eyebrow"),
    *("Inner right eyebrow", "Middle right eyebrow", "Outer right eyebrow"),
    *("Outer left eye corner", "Inner left eye corner"),
    *("Inner right eye corner", "Outer right eye corner"),
    *("Nose saddle left", "Nose saddle right", "Left nose peak", "Nose tip", "Right nose peak"),
    *("Left mouth corner", "Upper lip outer middle", "Right mouth corner", "Lower lip outer middle"),
    *("Upper lip inner middle", "Lower lip inner middle"),
    "Chin middle",
)

_EARS = ("Ear lobe left", "Ear lobe right")  # visible in profile only, and not used
_COUNT = re.compile(r"\s*+(\d++)", re.ASCII)
# A heading such as "2D Image coordinates:" also begins with a digit, but contains words.
_NUMERIC = re.compile(r"\s*+[+-]?+\.?+\d(?!.*[a-z]{4})", re.ASCII | re.IGNORECASE)
_GAP = r"(?:\s*+,\s*+|\s++)"
_POINT = {axes: re.compile(rf"\s*+{_GAP.join([NUMBER] * axes)}\s*+", re.ASCII) for axes in (2, 3)}
_FORM = {2: "a place `x y` in pixels", 3: "a point `x y z` in mm below its label"}
_REMEDY = "copy it again from the release"


def read_lm3(path: Path) -> Float32:
    """Reads the landmarks [22, 3], mm, in the order of NAMES; NaN for a landmark that the file lacks. Skips ear lobes.

    Raises BadFile where the file is cut, states another number of landmarks than it holds, knows no landmark or one
    landmark twice, and at a coordinate that is not within 1e6.
    """
    return _read(path, 3)


def read_lm2(path: Path) -> Float32:
    """Reads the landmarks [22, 2] in pixels from the left and the top of the image; otherwise like `read_lm3`."""
    return _read(path, 2)


def write_lm3(path: Path, landmarks: Float32, note: str) -> None:
    """Writes landmarks [22, 3], mm, with 4 decimals; leaves out NaN. `note` becomes a line of the free text."""
    held = _held(landmarks)
    lines = [f"{name}\n{_format(point)}" for name, point in held.items()]
    _write(path, note, len(held), lines)


def write_lm2(path: Path, landmarks: Float32, note: str) -> None:
    """Writes landmarks [22, 2] in pixels; otherwise like `write_lm3`."""
    held = _held(landmarks)
    _write(path, note, len(held), [*held, "", "2D Image coordinates:", *map(_format, held.values())])


def _read(path: Path, axes: int) -> Float32:
    lines = read_lines(path, _REMEDY)
    at, count = _find_count(path, lines)
    labels: list[str] = []
    points: list[list[float]] = []
    owners: list[str] = []  # for each point: the label above it
    above = ""
    for number, line in enumerate(lines[at:], start=at + 1):
        words = line.strip()
        if _NUMERIC.match(line):
            point = match_numbers(_POINT[axes], line)
            if not point or (axes == 3 and not above):
                raise BadFile(path, f"line {number}", f"{words[:60]!r} is not {_FORM[axes]}", _REMEDY)
            points.append(point)
            owners.append(above)
            above = ""
        elif words:
            above = _normalise(words)
            labels.append(above)
    if len(points) != count:
        raise BadFile(path, f"line {at}", f"says {count} landmarks, and the file holds {len(points)} points", _REMEDY)
    named = owners if axes == 3 else _pick_labels(path, labels, count)
    return _order(path, named, points, axes)


def _find_count(path: Path, lines: Sequence[str]) -> tuple[int, int]:
    """Returns the position in `lines` where the landmarks begin, and the number of landmarks.

    If the second line is of asterisks, a block of information follows up to an empty line; its numbers are ignored.
    """
    begin = 0
    if len(lines) > 1 and set(lines[1].strip()) == {"*"}:
        begin = next((number for number, line in enumerate(lines) if number > 1 and not line.strip()), len(lines))
    for number in range(begin, len(lines)):
        if match := _COUNT.match(lines[number]):
            if len(match[1]) > 9:
                raise BadFile(path, f"line {number + 1}", f"says {match[1][:12]}... landmarks", _REMEDY)
            return number + 1, int(match[1])
    raise BadFile(path, f"line {len(lines)}", "no line says how many landmarks there are", _REMEDY)


def _pick_labels(path: Path, texts: Sequence[str], count: int) -> Sequence[str]:
    """Returns the labels among the text lines of a .lm2, which may also have headings before, between and after."""
    known = [text for text in texts if text in _PLACES or text in _IGNORED]
    if len(known) == count:
        return known
    labels = [text for text in texts if not text.endswith(":")][:count]
    if len(labels) < count:
        raise BadFile(path, "labels", f"says {count} landmarks, and the file names {len(labels)}", _REMEDY)
    return labels


def _order(path: Path, labels: Sequence[str], points: Sequence[Sequence[float]], axes: int) -> Float32:
    landmarks = np.full((len(NAMES), axes), np.nan, np.float32)
    for label, point in zip(labels, points, strict=True):
        place = _PLACES.get(label)
        if place is None:  # an ear lobe, or a label that is not in the release's list
            continue
        if not np.isnan(landmarks[place, 0]):
            raise BadFile(path, "labels", f"{NAMES[place]!r} is there twice", _REMEDY)
        landmarks[place] = point
    if np.isnan(landmarks).all():
        raise BadFile(path, "labels", f"none of its labels is known, such as {NAMES[13]!r}", _REMEDY)
    return landmarks


def _normalise(label: str) -> str:
    """Returns a label in lower case with single blanks; "middle of the" becomes "middle", because copies differ."""
    words = re.sub(r"[\s_-]+", " ", label.lower()).strip()
    return re.sub(r"^middle (?:of )?(?:the )?", "middle ", words)


_PLACES = {_normalise(name): place for place, name in enumerate(NAMES)}
_IGNORED = frozenset(map(_normalise, _EARS))


def _held(landmarks: Float32) -> Mapping[str, list[float]]:
    """Returns name -> coordinates of the landmarks that are not NaN."""
    rows = zip(NAMES, landmarks.tolist(), strict=True)
    return {name: point for name, point in rows if np.isfinite(point).all()}


def _format(point: Sequence[float]) -> str:
    return " ".join(f"{value:.4f}" for value in point)


def _write(path: Path, note: str, count: int, lines: Sequence[str]) -> None:
    head = [f"Landmarks of {path.stem}", "*" * 40, note, "", f"{count} landmarks:"]
    path.write_bytes("\n".join([*head, *lines, ""]).encode())
