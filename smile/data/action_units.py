"""Reads and writes tables of action units as annotators code them, and summarises them for a clip.

Letters in shapes: F frames, U action units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from smile.arrays import Float32, Int32
from smile.data.formats.table import parse_whole, read_table
from smile.errors import BadFile

#: Code of an action unit that could not be seen, in tables of BP4D.
UNCODABLE = 9

_STRONGEST = 5  # intensities A to E are 1 to 5; tables of occurrence have 0 and 1
_UNIT = re.compile(r"(?:AU)?\s*([LR]?)\s*0*([1-9]\d?)", re.IGNORECASE | re.ASCII)
_REMEDY = "copy the table anew"


@dataclass(frozen=True)
class Coding:
    """Holds which action units were active in which frames of a clip."""

    frames: Int32  # [F] frame numbers, increasing
    units: tuple[str, ...]  # "12", or "L12" and "R12" for one side
    strengths: Float32  # [F, U] 0 where a unit is not active; NaN where it could not be coded

    def summarise(self) -> dict[str, float]:
        """Returns unit -> fraction of its coded frames in which it is active; omits units without a coded frame."""
        codable = ~np.isnan(self.strengths)
        active = (np.nan_to_num(self.strengths) > 0).sum(axis=0)
        shares = zip(self.units, active, codable.sum(axis=0), strict=True)
        return {unit: float(count / total) for unit, count, total in shares if total}


@runtime_checkable
class Coded(Protocol):
    """Is a sequence of frames that also knows the action units of each frame."""

    def code(self) -> Coding:
        """Returns the action units of the frames, which are numbered from 0."""
        ...


def parse_unit(text: str) -> str | None:
    """Returns the unit in a text: "AU12" -> "12", "01" -> "1", "AUR2" -> "R2"; None where there is none."""
    match = _UNIT.fullmatch(text.strip())
    return match[1].upper() + match[2] if match else None


def read_coding(path: Path) -> Coding:
    """Reads a table: the header holds any first cell, then action units; each line holds a frame number, then codes.

    Codes are 0, 1 (occurrence) to 5 (intensity), or 9 where a unit could not be coded.
    Raises BadFile with line and column where the table has another form.
    """
    (number, header), *lines = read_table(path, _REMEDY) or [(1, [""])]
    units = [parse_unit(cell) for cell in header[1:]]
    for column, unit in enumerate(units, start=2):
        if unit is None or units.index(unit) != column - 2:
            reason = f"{header[column - 1]!r} is no action unit, or there twice"
            raise BadFile(path, f"line {number}, column {column}", reason, _REMEDY)
    rows: dict[int, list[float]] = {}
    for number, cells in lines:
        frame, *codes = _parse_line(path, number, cells, len(header))
        if rows.setdefault(int(frame), codes) is not codes:
            raise BadFile(path, f"line {number}", f"frame {int(frame)} is there twice", _REMEDY)
    if not units or not rows:
        raise BadFile(path, "", "holds no action units, or no frames", _REMEDY)
    frames = sorted(rows)
    strengths = np.array([rows[frame] for frame in frames], np.float32)
    strengths[strengths == UNCODABLE] = np.nan
    return Coding(np.array(frames, np.int32), tuple(map(str, units)), strengths)


def write_coding(path: Path, coding: Coding) -> None:
    """Writes a table of occurrence: 1 where a unit is active, 9 where it could not be coded, otherwise 0."""
    codes = np.where(np.isnan(coding.strengths), UNCODABLE, np.nan_to_num(coding.strengths) > 0).astype(int)
    lines = [",".join(["0", *coding.units])]
    lines += [",".join(map(str, (frame, *row))) for frame, row in zip(coding.frames, codes.tolist(), strict=True)]
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())


def _parse_line(path: Path, number: int, cells: list[str], width: int) -> list[float]:
    if len(cells) != width:
        raise BadFile(path, f"line {number}", f"{len(cells)} cells where the header has {width}", _REMEDY)
    values: list[float] = []
    for column, cell in enumerate(cells, start=1):
        value = parse_whole(cell)
        if value is None or (column > 1 and value > _STRONGEST and value != UNCODABLE):
            form = "a frame number" if column == 1 else f"0 to {_STRONGEST}, or {UNCODABLE}"
            raise BadFile(path, f"line {number}, column {column}", f"{cell[:40]!r} is not {form}", _REMEDY)
        values.append(value)
    return values
