"""Draws figures from records alone: a confusion matrix for each method, and all accuracies of a protocol."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.figures.accuracies import draw_accuracies
from bench.figures.confusion import draw_confusion
from bench.record import Record


def draw_figures(out: Path, suite: str, records: Sequence[Record]) -> list[Path]:
    """Draws each missing or outdated figure below <out>/figures/<suite>; returns the paths of new figures.

    Each data set, protocol and probe has its own folder. Multi-label results get no confusion matrix.
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
    setting = record.setting
    return root / setting.data_set / setting.protocol / setting.condition / setting.probe
