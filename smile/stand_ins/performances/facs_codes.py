"""Reads FACS codes of posed pictures, e.g. the table of the Warsaw set: who shows which units for which expression.

The table has a line for each picture and the columns "Displayer ID", "Display" and "FACS", with codes such as
"4C+7B+L25A": unit 4 at intensity C, unit 25 at A on the left side alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smile.data.face import EXPRESSIONS
from smile.data.formats.table import read_table
from smile.errors import BadFile
from smile.stand_ins.blendshapes import ACTION_UNITS, HEAD_UNITS, STILL_UNITS
from smile.stand_ins.performances.script import Sides

#: Displayers that are used, in the order of the file: the others are left for confirmation.
DISPLAYERS = 18
#: Intensity as coded -> strength of the unit, our choice.
INTENSITIES = {"A": 0.1, "B": 0.3, "C": 0.5, "D": 0.75, "E": 1.0, "": 0.5}

_NEUTRAL = "neutral"
_WORDS = {"joy": "happiness", **{word: word for word in (*EXPRESSIONS, _NEUTRAL)}}
_CODE = re.compile(r"([LR]?)([1-9]\d?)([A-E]?)", re.ASCII)
_KNOWN = {*ACTION_UNITS, *HEAD_UNITS, *STILL_UNITS}
_COLUMNS = ("Displayer ID", "Display", "FACS")
_REMEDY = "take WSEFEP_Data.csv of github.com/michaelschulte/FacialExpressionAnalyis as it is"

Face = Mapping[int, Sides]


@dataclass(frozen=True)
class Displayer:
    """Holds what one person showed."""

    name: str
    rest: Face  # as coded for the neutral picture
    faces: Mapping[str, tuple[Face, ...]]  # expression -> one or more pictures


def read_displayers(path: Path) -> tuple[Displayer, ...]:
    """Returns the first DISPLAYERS persons of the table at `path`, those without an expression left out.

    Raises BadFile where the table has another form, an unknown unit or expression, or nobody in it.
    """
    (number, header), *lines = read_table(path, _REMEDY) or [(1, [""])]
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise BadFile(path, f"line {number}", f"no column {', '.join(missing)}", _REMEDY)
    shown: dict[str, dict[str, list[Face]]] = {}
    for number, cells in lines:
        row = dict(zip(header, cells, strict=False))
        name, word, codes = (row.get(column, "") for column in _COLUMNS)
        if name not in shown and len(shown) == DISPLAYERS:
            continue
        if not name or word not in _WORDS:
            raise BadFile(path, f"line {number}", f"{word!r} of {name!r} is none of {', '.join(_WORDS)}", _REMEDY)
        shown.setdefault(name, {}).setdefault(_WORDS[word], []).append(_parse(path, number, codes))
    people = tuple(_gather(name, faces) for name, faces in shown.items() if set(faces) - {_NEUTRAL})
    if not people:
        raise BadFile(path, "", "shows nobody with an expression", _REMEDY)
    return people


def _gather(name: str, faces: dict[str, list[Face]]) -> Displayer:
    rest = faces.get(_NEUTRAL, [{}])[0]
    return Displayer(name, rest, {word: tuple(faces[word]) for word in EXPRESSIONS if word in faces})


def _parse(path: Path, number: int, text: str) -> Face:
    """Returns unit -> strengths; "0" shows nothing."""
    face: dict[int, Sides] = {}
    for code in (part.strip() for part in text.split("+") if part.strip() not in ("", "0")):
        found = _CODE.fullmatch(code)
        if not found or int(found[2]) not in _KNOWN:
            raise BadFile(path, f"line {number}", f"{code[:20]!r} is no action unit that is known", _REMEDY)
        strength, unit = INTENSITIES[found[3]], int(found[2])
        left, right = face.get(unit, (0.0, 0.0))
        face[unit] = (left if found[1] == "R" else strength, right if found[1] == "L" else strength)
    return face
