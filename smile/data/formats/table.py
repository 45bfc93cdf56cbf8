"""Reads tables as text: the lines of a .csv file, or of the first sheet of an .xlsx workbook."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from pathlib import Path

import openpyxl

from smile.data.files import open_file, read_text
from smile.errors import BadFile

#: For each line that is not blank: its number, from 1, and its cells without blanks around them.
Lines = list[tuple[int, list[str]]]

_MOST_BYTES = 2**26  # of a table, unpacked
_MOST_LINES = 1_000_000
_SEPARATORS = ",;\t"
_STATED = re.compile(r"sep=([,;\t|])\s*")  # the first line by which Excel is told what stands between cells
#: Also what ends lines, and what lets a terminal show letters in another order than they stand in.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_WHOLE = re.compile(r"(\d{1,9})(?:[.,]0*)?", re.ASCII)


def read_table(path: Path, remedy: str) -> Lines:
    """Returns the lines of the table at `path` that are not blank; a workbook's 12.0 is read as "12".

    Raises BadFile with this `remedy` where the file cannot be read or is far too large.
    """
    try:
        lines = _read_workbook(path, remedy) if path.suffix.lower() == ".xlsx" else _read_csv(path, remedy)
    except OSError as error:
        raise BadFile(path, "", f"cannot be read: {error.strerror or error}", remedy) from None
    for number, cells in lines:
        for column, cell in enumerate(cells, start=1):
            if strange := _CONTROL.search(cell):  # terminals obey some of them, and UTF-16 without a mark has others
                said = f"{strange[0]!a} is a control character, no text"
                raise BadFile(path, f"line {number}, column {column}", said, "delete it, or save the file as UTF-8")
    return [(number, cells) for number, cells in lines if any(cells)]


def parse_whole(cell: str) -> int | None:
    """The whole number in a cell, also as programs write it that know no other ("3.0"); None for anything else."""
    match = _WHOLE.fullmatch(cell)
    return int(match[1]) if match else None


def _read_csv(path: Path, remedy: str) -> Lines:
    """The lines of a text, whose cells are parted by what makes most cells of the first line that has any of it."""
    text = read_text(path, remedy, _MOST_BYTES)
    stated = _STATED.match(text)
    head = next((line for line in re.split(r"[\r\n]+", text) if any(mark in line for mark in _SEPARATORS)), "")
    mark = stated[1] if stated else max(_SEPARATORS, key=lambda mark: _count_cells(head, mark))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=True, strict=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise BadFile(path, f"line {reader.line_num}", str(error), remedy) from None
    return lines[1:] if stated else lines


def _count_cells(line: str, mark: str) -> int:
    """How many cells a line has, in each of which the other marks may stand between quotes; 0 where it is no line."""
    try:
        return len(next(csv.reader([line], delimiter=mark), []))
    except csv.Error:  # a cell of all columns, where the mark is another
        return 0


def _read_workbook(path: Path, remedy: str) -> Lines:
    try:
        with open_file(path, remedy) as file, warnings.catch_warnings():
            with zipfile.ZipFile(file) as packed:
                _check_size(path, sum(entry.file_size for entry in packed.infolist()), remedy)
            warnings.simplefilter("ignore")  # of styles that it does not know
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            try:
                rows = book.worksheets[0].iter_rows(max_row=_MOST_LINES, values_only=True)
                return [(number, [_text(cell) for cell in row]) for number, row in enumerate(rows, start=1)]
            finally:
                book.close()
    except (BadFile, OSError):
        raise
    except Exception as error:  # openpyxl may raise any exception
        raise BadFile(path, "", f"is no workbook ({type(error).__name__}: {str(error)[:120]})", remedy) from None


def _check_size(path: Path, size: int, remedy: str) -> None:
    if size > _MOST_BYTES:
        raise BadFile(path, "", f"has {size:,} bytes; {_MOST_BYTES:,} are allowed", remedy)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()
