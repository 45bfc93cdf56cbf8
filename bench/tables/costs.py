"""Tells what each method costs: size, operations, length of the training, memory and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.methods.cost import Cost
from bench.record import Record
from bench.standings import Standing
from bench.tables.cells import tabulate_rows


def list_costs(record: Record) -> dict[str, Any]:
    """Returns the columns of the csv file; None where nothing was fitted, or where an old record does not say."""
    names = Cost.__dataclass_fields__
    return dict.fromkeys(names) if record.cost is None else {**asdict(record.cost), "gflops": _shorten(record.cost)}


def render_costs(standings: Sequence[Standing], style: str) -> list[str]:
    """Returns a heading, what the columns mean, and the table; nothing where no record says what it cost."""
    rows = [
        (
            one.first.title,
            f"{cost.parameters / 1e6:.2f}" if cost.parameters else "-",
            f"{_shorten(cost):g}" if cost.gflops else "-",
            cost.steps or "-",
            cost.pictures or "-",
            f"{max(record.cost.memory for record in one.scored if record.cost):.2f}",
            f"{one.seconds:.0f}",
        )
        for one in standings
        if one.scored and (cost := one.first.cost)
    ]
    about = (
        "*Parameters* (millions) and *GFLOPs* (of one clip) are those of the encoder that is measured; *steps* and "
        "*pictures* are those of all its trainings with one seed. Memory (GB) is the most that a fit took, of the GPU "
        "or of the whole process; seconds are those of fit, embedding and probes, on the machine named below."
    )
    headings = ("method", "parameters", "GFLOPs", "steps", "pictures", "memory", "seconds")
    return ["### Cost", about, tabulate_rows(rows, headings, style)] if rows else []


def _shorten(cost: Cost) -> float:
    return float(f"{cost.gflops:.4g}")
