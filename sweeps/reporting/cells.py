"""Writes tables and numbers of a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tabulate import tabulate

from sweeps.ledger import Trial


def write_table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Returns a table of markdown."""
    return str(tabulate(rows, headers=headers, tablefmt="github", disable_numparse=True))


def write_objective(trial: Trial | None) -> str:
    """Returns the objective of a trial with four digits, or "failed"."""
    return "failed" if trial is None or trial.objective is None else f"{trial.objective:.4f}"


def write_value(value: Any) -> str:
    """Returns the value of a setting; a number that is not whole with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
