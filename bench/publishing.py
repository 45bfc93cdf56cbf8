"""Writes everything that people read from the records of a suite: tables, figures and the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.figures.drawing import draw_figures
from bench.record import Record, read_records
from bench.suites import Suite
from bench.tables.markdown import write_tables
from smile.progress import Reporter


def read_suite(out: Path, suite: Suite, reporter: Reporter) -> list[Record]:
    """Returns all records of a suite in a results folder; says which files cannot be read."""
    records, damaged = read_records(out, suite.name)
    for error in damaged:
        reporter.say(str(error))
    return records


def publish(out: Path, suite: Suite, records: Sequence[Record]) -> None:
    """Writes tables and figures of these records."""
    write_tables(out, suite, records)
    draw_figures(out, suite, records)
