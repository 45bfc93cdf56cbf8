"""Writes numbers and rows as every table shows them: percent with one digit, an interval in brackets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bench.record import Record
from bench.statistics.intervals import Score

#: Printed name of each metric for single-label clips, and for multi-label clips; others are printed as they are.
HEADINGS = {"accuracy": "accuracy", "macro_f1": "macro F1", "uar": "UAR", "area": "area under the curve"}
MULTILABEL_HEADINGS = {"accuracy": "exact match", "macro_f1": "macro UF1", "uar": "UAR"}


def name_metric(record: Record, metric: str) -> str:
    """Returns the printed name of a metric, for the clips of this record."""
    return (MULTILABEL_HEADINGS if record.multilabel else HEADINGS).get(metric, metric)


def percent(value: float) -> str:
    """Returns a fraction in percent, e.g. "91.7"."""
    return f"{100 * value:.1f}"


def interval(score: Score) -> str:
    """Returns the ends of an interval in percent, e.g. "[88.6, 94.4]"."""
    return f"[{percent(score.low)}, {percent(score.high)}]"


def say_reason(record: Record) -> str:
    """Returns in one line why a method has no result."""
    said = f"failed: {record.reason}" if record.failed else record.reason
    return " ".join(said.split())


def tell_stand_in(record: Record) -> str:
    """Returns what follows the title of a data set: generated faces are always called stand-ins, with their maker."""
    if record.stand_in == record.data_set_title:
        return " (stand-in)"
    return f" (stand-in: {record.stand_in})" if record.stand_in else ""


def tabulate_rows(rows: Iterable[Sequence[object]], headings: Sequence[str], style: str = "pipe") -> str:
    """Returns a table as text, in a format of the library tabulate: every cell as it is given.

    Where bars part the cells (markdown), those of a name are escaped: an ancestry "Asian | Pacific" is one cell.
    """
    from tabulate import tabulate

    if style == "pipe":
        rows, headings = (
            [[_escape_bars(cell) for cell in row] for row in rows],
            [_escape_bars(head) for head in headings],
        )
    table: str = tabulate(list(rows), headings, tablefmt=style, disable_numparse=True)
    return table


def _escape_bars(cell: Any) -> Any:
    return cell.replace("|", "\\|") if isinstance(cell, str) else cell
