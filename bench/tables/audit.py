"""Shows what the audit says of each row: a word in the table, the reasons below it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.standings import Standing
from bench.tables.cells import tabulate_rows


def show_grade(standing: Standing) -> str:
    """Returns the colour of a row for its table, in markdown: red is bold."""
    return "**red**" if standing.grade.red else standing.grade.colour


def tell_grades(standings: Sequence[Standing]) -> list[str]:
    """Returns a line for each row that is not green, e.g. "SimCLR is red: 1 subject tested and taught: 'F001'"."""
    found = [one for one in standings if one.metrics and one.grade.alarms]
    return [f"{one.first.title} is {one.grade}" for one in sorted(found, key=lambda one: not one.grade.red)]


def render_grades(standings: Sequence[Standing]) -> list[str]:
    """Returns heading, explanation and table of the rows that are not green; nothing where all are."""
    rows = [
        (one.first.title, show_grade(one), one.grade.reason)
        for one in sorted(standings, key=lambda one: not one.grade.red)
        if one.metrics and one.grade.alarms
    ]
    about = (
        "What the audit found in these rows; all others are green. A *red* row is no fair result: it is neither ranked "
        "nor bold, and nothing is compared with it. Read the reason of an *amber* row before you trust it."
    )
    return ["### What the audit found", about, tabulate_rows(rows, ("method", "audit", "reason"))] if rows else []
