"""Reads the labels of 4DME from the rows of its workbook, and repairs the known errors of the workbook."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smile.data.action_units import parse_unit
from smile.data.face import Skipped
from smile.data.facs import MICRO_CLASSES
from smile.data.formats.table import parse_whole, read_table
from smile.data.names import fold
from smile.errors import BadFile

#: Table of micro-expressions in the release; REPAIRS apply to it.
RELEASE = "4DME_Labelling_Micro_release v1.xlsx"
#: Columns that are read, spelt as in the release; the first two must exist.
COLUMNS = ("sub_ID", "fold_name", "Emotion", "Onset", "Apex", "Offset", "AUs")
#: Number of rows in the release.
RELEASED_ROWS = 267

#: Separates the classes, or the action units, of one clip inside a cell of the table.
JOINT = "+"

_REMEDY = "copy the table of labels anew"
_KEPT = re.compile(r"\(k\)\s*$", re.IGNORECASE)
# S13_1st and S13_2nd, or S49_2: one person with two recording sessions.
_PERSON = re.compile(r"(S\d+)_.*", re.IGNORECASE | re.ASCII)
_CLASSES = {fold(name): name for name in MICRO_CLASSES}

Cells = Mapping[str, str]  # column in lower case -> content


@dataclass(frozen=True)
class LabelRow:
    """Holds the labels of one clip."""

    number: int  # of the data row, from 0, as in REPAIRS
    subject: str  # the person
    folder: str  # sub_ID, name of the person's folder
    clip: str  # fold_name, name of the clip's folder
    labels: tuple[str, ...]  # words of facs.MICRO_CLASSES, at least one
    onset: int | None  # frame numbers
    apex: int | None
    offset: int | None
    action_units: Mapping[str, float]  # unit -> 1, for each unit that moves
    repairs: str  # what was repaired, and why


@dataclass(frozen=True)
class Repair:
    """Describes a wrong cell of the release; the cell is repaired only if `is_wrong` confirms the error."""

    row: int
    column: str
    is_wrong: Callable[[Cells], bool]
    right: str
    reason: str


def _apex_outside(cells: Cells) -> bool:
    onset, apex, offset = (parse_whole(cells.get(name, "")) for name in ("onset", "apex", "offset"))
    return onset is not None and apex is not None and offset is not None and not onset <= apex <= offset


def _units_unreadable(cells: Cells) -> bool:
    return bool(_parse_units(cells.get("aus", ""))[1])


#: Errors in single cells that a public reader of the release repairs too (github.com/tvaranka/meb).
REPAIRS = (
    Repair(26, "apex", _apex_outside, "2490", "the apex is not between onset and offset"),
    Repair(124, "aus", _units_unreadable, "AU4(k)+L7", "the action units cannot be read"),
    Repair(171, "aus", _units_unreadable, "AUR2+12(k)+45", "the action units cannot be read"),
)
#: Pairs of rows with exchanged action units. We have not seen the cells, so their content cannot confirm the error. The
#: repair applies to any table with the name and the number of rows of the release.
SWAPS = ((144, 145),)


def read_label_rows(path: Path, recorded: bool = True) -> tuple[list[LabelRow], list[Skipped]]:
    """Reads the rows of a workbook (.xlsx, first sheet) or of a .csv with the same columns, and lists faults.

    Columns are found by name. A row without a usable emotion is left out. A row with faulty action units is used, but
    without the faulty ones. Both are reported. Repairs are for the release, not for generated clips: they need
    `recorded`. Raises BadFile where the file is no such table.
    """
    first, table = _find_rows(path)
    repairs = _repair(table) if recorded else {}
    if recorded and path.name == RELEASE and len(table) == RELEASED_ROWS:
        repairs |= _swap(table)
    rows: list[LabelRow] = []
    skipped: list[Skipped] = []
    for number, cells in table.items():
        row, faults = _parse(number, cells, repairs.get(number, ""))
        rows += [row] if row else []
        skipped += [replace(fault, reason=f"line {number + first}: {fault.reason}", file=str(path)) for fault in faults]
    return rows, skipped


def _find_rows(path: Path) -> tuple[int, dict[int, dict[str, str]]]:
    """Returns the line of row 0, and row -> column -> cell for each row that names a subject and a clip."""
    lines = read_table(path, _REMEDY)
    heads = (n for n, (_, cells) in enumerate(lines[:10]) if {"sub_id", "fold_name"} <= set(map(_column, cells)))
    head = next(heads, None)
    if head is None:
        raise BadFile(path, "line 1", f"no columns {', '.join(COLUMNS)}", _REMEDY)
    first, names = lines[head][0] + 1, [_column(cell) for cell in lines[head][1]]
    table = {number - first: _name_cells(names, cells) for number, cells in lines[head + 1 :]}
    return first, {number: cells for number, cells in table.items() if cells.get("sub_id") and cells.get("fold_name")}


def _name_cells(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Returns column -> cell; of two columns with the same name, the first counts."""
    return dict(reversed(list(zip(names, cells, strict=False))))


def _repair(table: Mapping[int, dict[str, str]]) -> dict[int, str]:
    """Repairs `table` in place; returns row -> what was repaired."""
    mended: dict[int, str] = {}
    for repair in REPAIRS:
        cells = table.get(repair.row, {})
        if cells and repair.is_wrong(cells):
            mended[repair.row] = f"{repair.column} {cells.get(repair.column)!r} -> {repair.right!r}: {repair.reason}"
            cells[repair.column] = repair.right
    return mended


def _swap(table: Mapping[int, dict[str, str]]) -> dict[int, str]:
    mended: dict[int, str] = {}
    for one, two in SWAPS:
        if one in table and two in table:
            table[one]["aus"], table[two]["aus"] = table[two].get("aus", ""), table[one].get("aus", "")
            mended |= dict.fromkeys((one, two), f"the action units of rows {one} and {two} had changed places")
    return mended


def _parse(number: int, cells: Cells, repairs: str) -> tuple[LabelRow | None, list[Skipped]]:
    clip_id = f"{cells['sub_id']}/{cells['fold_name']}"
    labels, strange = _parse_labels(cells)
    if strange or not labels:
        said = f"{strange!r} is none of {', '.join(MICRO_CLASSES)}" if strange else "no emotion"
        return None, [Skipped(clip_id, said)]
    units, strange = _parse_units(cells.get("aus", ""))
    fault = Skipped(f"{clip_id} (action units)", f"{strange!r} is none; the others are used")
    frames = [parse_whole(cells.get(name, "")) for name in ("onset", "apex", "offset")]
    person = _PERSON.fullmatch(cells["sub_id"])
    row = LabelRow(
        number=number,
        subject=person[1] if person else cells["sub_id"],
        folder=cells["sub_id"],
        clip=cells["fold_name"],
        labels=labels,
        onset=frames[0],
        apex=frames[1],
        offset=frames[2],
        action_units=units,
        repairs=repairs,
    )
    return row, [fault] if strange else []


def _parse_labels(cells: Cells) -> tuple[tuple[str, ...], str]:
    """Returns (classes, first unknown word) of the column Emotion, or else of the columns with names of classes."""
    words = [word.strip() for word in cells.get("emotion", "").split(JOINT)]
    if not any(words):
        words = [name for name in _CLASSES if parse_whole(cells.get(name, "")) == 1]
    strange = next((word for word in words if fold(word) not in _CLASSES), "")
    return tuple(dict.fromkeys(_CLASSES[fold(word)] for word in words if fold(word) in _CLASSES)), strange


def _parse_units(text: str) -> tuple[dict[str, float], str]:
    """Returns ({unit: 1}, first unknown word); omits units marked (k), which the face holds without motion."""
    words = [word.strip() for word in text.split(JOINT) if word.strip()]
    units = {word: parse_unit(_KEPT.sub("", word)) for word in words}
    strange = next((word for word, unit in units.items() if unit is None), "")
    return {unit: 1.0 for word, unit in units.items() if unit and not _KEPT.search(word)}, strange


def _column(cell: str) -> str:
    return fold(cell.strip().rstrip("'"))
