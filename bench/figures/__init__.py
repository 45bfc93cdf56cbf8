"""Figures from records alone: one picture a file; a confusion matrix a method, and all accuracies of a protocol."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.figures.accuracies import draw_accuracies
from bench.figures.confusion import draw_confusion
from bench.record import Record


def draw_figures(out: Path, suite: str, records: Sequence[Record]) -> list[Path]:
    """Draws what is missing or out of date below <out>/figures/<suite>; returns what was drawn.

    Each data set, protocol and probe has a folder. Several classes a clip have no confusion matrix.
    """
    folders: dict[Path, list[Record]] = {}
    for record in records:
        if record.metrics:
            folders.setdefault(_folder(out / "figures" / suite, record), []).append(record)
    drawn: list[Path | None] = []
    for folder, group in folders.items():
        drawn += [draw_confusion(folder / f"{one.method}.png", one) for one in group if not one.multilabel]
        drawn.append(draw_accuracies(folder / "accuracy.png", group))
    return [path for path in drawn if path is not None]


def _folder(root: Path, record: Record) -> Path:
    return root / record.setting.data_set / record.setting.protocol / record.setting.probe
