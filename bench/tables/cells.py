"""Writes what all tables for people share: rows as a markdown table, and the printed name of a metric."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.record import Record

#: Printed name of each metric for single-label clips, and for multi-label clips; others are printed as they are.
HEADINGS = {"accuracy": "accuracy", "macro_f1": "macro F1", "uar": "UAR", "area": "area under the curve"}
MULTILABEL_HEADINGS = {"accuracy": "exact match", "macro_f1": "macro UF1", "uar": "UAR"}


def name_metric(record: Record, metric: str) -> str:
    """Returns the printed name of a metric."""
    return (MULTILABEL_HEADINGS if record.multilabel else HEADINGS).get(metric, metric)


def tabulate_rows(rows: Iterable[Sequence[object]], headings: Sequence[str]) -> str:
    """Returns a table in markdown with these headings."""
    from tabulate import tabulate

    table: str = tabulate(list(rows), headings, tablefmt="pipe", disable_numparse=True)
    return table
