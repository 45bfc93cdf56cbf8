"""Reads tables as text: the lines of a .csv file, or of the first sheet of an .xlsx workbook."""

from __future__ import annotations

import csv
import warnings
import zipfile
from pathlib import Path

import openpyxl

from smile.errors import BadFile

#: For each line that is not blank: its number, from 1, and its cells without blanks around them.
Lines = list[tuple[int, list[str]]]

_MOST_BYTES = 2**26  # of a table, unpacked
_MOST_LINES = 1_000_000


def read_table(path: Path, remedy: str) -> Lines:
    """Returns the lines of the table at `path` that are not blank; a workbook's 12.0 is read as "12".

    Raises BadFile with this `remedy` where the file cannot be read or is far too large.
    """
    try:
        lines = _read_workbook(path, remedy) if path.suffix.lower() == ".xlsx" else _read_csv(path, remedy)
    except OSError as error:
        raise BadFile(path, "", f"cannot be read: {error.strerror or error}", remedy) from None
    return [(number, cells) for number, cells in lines if any(cells)]


def _read_csv(path: Path, remedy: str) -> Lines:
    _check_size(path, path.stat().st_size, remedy)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        try:
            return [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
        except csv.Error as error:
            raise BadFile(path, f"line {reader.line_num}", str(error), remedy) from None


def _read_workbook(path: Path, remedy: str) -> Lines:
    try:
        with zipfile.ZipFile(path) as packed:
            _check_size(path, sum(entry.file_size for entry in packed.infolist()), remedy)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about unknown styles
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
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
