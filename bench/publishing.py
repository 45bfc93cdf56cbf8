"""Writes everything that people read from the records of a suite: tables, figures and the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.figures.drawing import draw_figures
from bench.page.gallery import Gallery
from bench.page.page import NO_FACES, write_page
from bench.record import Record, read_records
from bench.suites import SUITES, Suite
from bench.tables.markdown import write_tables
from smile.progress import Reporter


def read_suite(out: Path, suite: Suite, reporter: Reporter) -> list[Record]:
    """Returns all records of a suite in a results folder; says which files cannot be read."""
    return read_sound(out, suite, reporter)[0]


def read_sound(out: Path, suite: Suite, reporter: Reporter) -> tuple[list[Record], int]:
    """Returns all records of a suite in a results folder, and how many files cannot be read; says which."""
    records, damaged = read_records(out, suite.name)
    for error in damaged:
        reporter.say(str(error))
    return records, len(damaged)


def conclude_reading(damaged: int, reporter: Reporter) -> int:
    """Returns the exit status of a command that read records: 1, and a line, where some were damaged and left out."""
    if damaged:
        reporter.say(f"{damaged} record(s) cannot be read and are left out, see above")
    return 1 if damaged else 0


def publish(
    out: Path, suite: Suite, records: Sequence[Record], reporter: Reporter, gallery: Gallery = NO_FACES
) -> None:
    """Writes tables and figures of these records, and the page of all suites in the results folder.

    The page shows pictures of the faces in the gallery.
    """
    write_tables(out, suite, records)
    draw_figures(out, suite, records)
    found = {
        one.name: (one, records if one.name == suite.name else read_suite(out, one, reporter)) for one in _all(suite)
    }
    write_page(out, {name: (one, held) for name, (one, held) in found.items() if held}, gallery)


def _all(suite: Suite) -> list[Suite]:
    """Returns every suite, the one given in the place of its namesake."""
    return [suite if one.name == suite.name else one for one in SUITES.values()]
