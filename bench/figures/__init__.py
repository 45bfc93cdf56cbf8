"""Draws figures from records alone: confusion matrices, and all methods beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.examiner import CLEAN
from bench.figures.accuracies import draw_accuracies
from bench.figures.confusion import draw_confusion
from bench.figures.few_labels import draw_few_labels
from bench.figures.robustness import draw_robustness
from bench.record import Record
from bench.standings import gather_seeds


def draw_figures(out: Path, suite: str, records: Sequence[Record]) -> list[Path]:
    """Draws each missing or outdated figure below <out>/figures/<suite>; returns the paths of new figures.

    Each data set, protocol, condition and probe has its own folder. Multi-label results, changed faces and probes
    without single answers about classes get no confusion matrix. The seeds of a method are drawn together.
    """
    folders: dict[Path, list[Record]] = {}
    for standing in gather_seeds(records):
        if standing.scored:
            folders.setdefault(_folder(out / "figures" / suite, standing.first), []).append(standing.pooled)
    drawn: list[Path | None] = []
    for folder, group in folders.items():
        drawn += [draw_confusion(folder / f"{one.method}.png", one) for one in group if _has_classes(one)]
        drawn.append(draw_accuracies(folder / "accuracy.png", group))
        if group[0].setting.probe == "few_labels":
            drawn.append(draw_few_labels(folder / "curves.png", group))
    drawn += _draw_conditions(folders)
    return [path for path in drawn if path is not None]


def _draw_conditions(folders: dict[Path, list[Record]]) -> list[Path | None]:
    """Draws one table of colours for each data set, protocol and probe that has several conditions."""
    places: dict[Path, list[Record]] = {}
    for folder, group in folders.items():
        places.setdefault(folder.parents[1] / f"{folder.name}.png", []).extend(group)
    several = {path: group for path, group in places.items() if len({one.setting.condition for one in group}) > 1}
    return [draw_robustness(path, group) for path, group in several.items()]


def _has_classes(record: Record) -> bool:
    clean = record.setting.condition == CLEAN
    return clean and bool(record.predictions) and not record.multilabel and record.setting.probe != "identity"


def _folder(root: Path, record: Record) -> Path:
    setting = record.setting
    return root / setting.data_set / setting.protocol / setting.condition / setting.probe
