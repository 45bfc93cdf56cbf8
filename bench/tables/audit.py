"""Shows what the audit says of each row: a word in the table, the reasons below it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.audit.alarm import Grade
from bench.standings import Standing
from bench.tables.cells import tabulate_rows


def show_grade(standing: Standing) -> str:
    """Returns the colour of a row for its table, in markdown: red is bold."""
    return "**red**" if standing.grade.red else standing.grade.colour


def tell_grades(standings: Sequence[Standing]) -> list[str]:
    """Returns a line for each grade that is not green, the red ones first.

    Example: "red: SimCLR, Raw pixels: 1 subject tested and taught: 'F001' (fold 1 and fold 2)".
    """
    return [f"{grade.colour}: {titles}: {grade.reason}" for grade, titles in _group(standings)]


def render_grades(standings: Sequence[Standing]) -> list[str]:
    """Returns heading, explanation and table of the rows that are not green; nothing where all are."""
    rows = [(titles, grade.colour, grade.reason) for grade, titles in _group(standings)]
    about = (
        "What the audit found in these rows; all others are green. A *red* row is no fair result: it is neither ranked "
        "nor bold, and nothing is compared with it. Read the reason of an *amber* row before you trust it."
    )
    return ["### What the audit found", about, tabulate_rows(rows, ("methods", "audit", "reason"))] if rows else []


def _group(standings: Sequence[Standing]) -> list[tuple[Grade, str]]:
    """Returns each grade with the methods that have it: what is wrong with a split is wrong with every row."""
    found: dict[Grade, list[str]] = {}
    for one in standings:
        if one.metrics and one.grade.alarms:
            found.setdefault(one.grade, []).append(one.first.title)
    told = [(grade, ", ".join(titles)) for grade, titles in found.items()]
    return sorted(told, key=lambda pair: not pair[0].red)
