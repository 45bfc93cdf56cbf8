"""Reads a split of other people: a table with a line for each clip, the person in it, and its fold or its role.

The table is a .csv or .xlsx file with the columns clip, subject and fold, and optionally path, role, label and caption.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.audit.names import LONGEST_NUMBER
from bench.audit.seats import CROSS, PRETRAIN, SELECT, TEST, TRAIN, Seat
from smile.data.formats.table import parse_whole, read_table
from smile.data.names import fold, is_unknown
from smile.errors import BadFile, UserError

_REQUIRED, _OPTIONAL = ("clip", "subject", "fold"), ("path", "role", "label", "caption")
#: Words for what a row is used for -> the role.
ROLES = {
    TEST: TEST,
    "testing": TEST,
    "evaluation": TEST,
    TRAIN: TRAIN,
    "training": TRAIN,
    "teach": TRAIN,
    SELECT: SELECT,
    "selection": SELECT,
    "validation": SELECT,
    "validate": SELECT,
    "valid": SELECT,
    "val": SELECT,
    "dev": SELECT,
    "tune": SELECT,
    PRETRAIN: PRETRAIN,
    "pretraining": PRETRAIN,
}
_REMEDY = "see docs/audit.md for what a table of folds says"


@dataclass(frozen=True)
class FoldRow:
    """Holds one line of the table."""

    seat: Seat
    path: Path | None
    label: str
    caption: str


def read_folds(file: Path) -> list[FoldRow]:
    """Returns the lines of a table of folds.

    Without a column `role`, folds are those of a cross-validation: each is tested once, and teaches all others. Where
    every fold is a word such as "train" or "test", the folds are roles. A line of role "pretrain" or "select" without a
    fold serves every fold. Relative paths start at the table's folder.
    Raises BadFile, with the line, where the table is wrong, and UserError where nothing is both tested and taught.
    """
    if not file.exists():
        raise UserError(f"{file} does not exist; give a table with the columns {', '.join(_REQUIRED)}")
    table = read_table(file, _REMEDY)
    if not table:
        raise BadFile(file, "", "is empty", f"give a table with the columns {', '.join(_REQUIRED)}")
    (number, head), *lines = table
    columns = _read_head(file, number, head)
    rows = [(line, _read_cells(file, line, columns, cells)) for line, cells in lines]
    words = "role" not in columns and bool(rows) and all(fold(cells["fold"]) in ROLES for _, cells in rows)
    uses = [_read_row(file, line, cells, words) for line, cells in rows]
    _require_sides(file, uses)
    return uses


def _read_head(file: Path, number: int, head: Sequence[str]) -> list[str]:
    """Returns the names of the columns; those that mean nothing here stay, but none that looks misspelt."""
    columns = [fold(cell) for cell in head]
    for name in (*_REQUIRED, *_OPTIONAL):
        if columns.count(name) > 1:
            raise BadFile(file, f"line {number}", f"two columns {name!r}", _REMEDY)
    if missing := [name for name in _REQUIRED if name not in columns]:
        remedy = f"part columns by commas, semicolons or tabs; {_REMEDY}" if len(head) == 1 else _REMEDY
        raise BadFile(file, f"line {number}", f"no column {missing[0]!r}", remedy)
    _refuse_misspelt(file, number, columns)
    return columns


def _refuse_misspelt(file: Path, number: int, columns: Sequence[str]) -> None:
    lacking = [name for name in _OPTIONAL if name not in columns]
    for name in columns:
        close = difflib.get_close_matches(name, lacking, 1, 0.75)
        if close and name not in (*_REQUIRED, *_OPTIONAL):
            raise BadFile(file, f"line {number}", f"column {name!r}: did you mean {close[0]!r}?", "rename the column")


def _read_cells(file: Path, line: int, columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) > len(columns):
        raise BadFile(file, f"line {line}", f"{len(cells)} cells where the head has {len(columns)}", _REMEDY)
    found = {**dict.fromkeys((*_REQUIRED, *_OPTIONAL), ""), **dict(zip(columns, cells, strict=False))}
    for name in ("clip", "subject"):
        if not found[name]:
            raise BadFile(file, f"line {line}", f"{name} is empty", _REMEDY)
        if is_unknown(found[name]):
            said = f"{name} {found[name]!r} is what programs write where nothing is known"
            raise BadFile(file, f"line {line}", said, "name it, or delete the line")
    return found


def _read_row(file: Path, line: int, cells: Mapping[str, str], words: bool) -> FoldRow:
    said = cells["fold"] if words else cells["role"]
    role = ROLES.get(fold(said), "") if said else CROSS
    if said and not role:
        close = difflib.get_close_matches(fold(said), ROLES, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise BadFile(
            file, f"line {line}", f"role {said[:40]!r} is none of train, test, select, pretrain{hint}", _REMEDY
        )
    if role == CROSS and not cells["fold"]:
        raise BadFile(file, f"line {line}", "fold is empty", _REMEDY)
    number = _name_fold(cells["fold"])
    seat = Seat(cells["subject"], cells["clip"], "" if words else number, role, line)
    path = file.parent / cells["path"].replace("\\", "/") if cells["path"] else None
    return FoldRow(seat, path, cells["label"], cells["caption"])


def _name_fold(cell: str) -> str:
    """Returns the name of a fold: 1, 01 and 1.0, which pandas writes where other cells are empty, are one."""
    name = fold(cell)
    whole = parse_whole(name)
    if whole is None and name.isdecimal() and len(name) <= LONGEST_NUMBER:  # of another script
        whole = int(name)
    return name if whole is None else str(whole)


def _require_sides(file: Path, uses: Sequence[FoldRow]) -> None:
    """Raises an error where the table mixes two kinds of split, or where nothing is tested or nothing is seen."""
    kinds = {use.seat.role: use.seat for use in uses}
    _refuse_mixture(file, kinds)
    folds = {use.seat.fold for use in uses if use.seat.role == CROSS}
    more = kinds.keys() & {SELECT, PRETRAIN}
    crossed, parted = len(folds) > 1 or bool(folds and more), TEST in kinds and len(kinds) > 1
    if not crossed and not parted:
        told = f"fold {next(iter(folds))!r} alone" if folds else f"{' and '.join(sorted(kinds)) or 'no line'} alone"
        raise UserError(f"{file}: has {told}: nothing is tested by what others taught; a split has two folds or more")


def _refuse_mixture(file: Path, kinds: Mapping[str, Seat]) -> None:
    mixed = kinds.get(TEST) or kinds.get(TRAIN)
    if CROSS in kinds and mixed:
        said = f"role {mixed.role!r}, where line {kinds[CROSS].line} has none"
        raise BadFile(file, f"line {mixed.line}", said, "give every line a role, or none but pretrain and select")
