"""TABLE FORMATS: how leaderboards can be printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.record import Record
from bench.suites import Suite
from bench.tables.csv_rows import render_csv
from bench.tables.latex import render_latex
from bench.tables.markdown import render
from bench.tables.terminal import print_leaderboards

FORMATS: dict[str, Callable[[Suite, Sequence[Record]], str]] = {
    "terminal": print_leaderboards,
    "markdown": render,
    "latex": render_latex,
    "csv": lambda suite, records: render_csv(records, suite.references).rstrip("\n"),
}


def render_format(name: str, suite: Suite, records: Sequence[Record], verbose: bool = False) -> str:
    """Returns the leaderboards in a format of FORMATS; `verbose` adds differences and audits on a terminal."""
    return print_leaderboards(suite, records, verbose) if name == "terminal" else FORMATS[name](suite, records)
