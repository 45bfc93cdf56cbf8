"""Draws how much of each class every method finds: recall, a row for each method and a column for each class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.figures.canvas import mark_content, name_width, open_canvas, read_mark, save_canvas, slant_names, write_title
from bench.figures.confusion import count_clips_by_class, list_classes
from bench.standings import Standing
from smile.arrays import Float64


def draw_recalls(path: Path, title: str, standings: Sequence[Standing]) -> Path | None:
    """Draws recall in percent, methods in the order given, classes that occur as truth in their usual order.

    Returns None where the image at `path` already shows the same content.
    """
    shown = {name for standing in standings for one in standing.first.predictions for name in one.truth}
    classes = [name for name in list_classes(standings) if name in shown]
    recalls = np.stack([measure_recall(standing, classes) for standing in standings])
    titles = [standing.first.title for standing in standings]
    mark = mark_content(title, recalls.tolist(), classes, titles)
    if read_mark(path) == mark:
        return None
    seaborn, axes = open_canvas(1.8 + name_width(titles) + 0.7 * len(classes), 1.9 + 0.34 * len(standings))
    seaborn.heatmap(
        100 * recalls,
        annot=True,
        fmt=".0f",
        vmin=0,
        vmax=100,
        cmap="Blues",
        xticklabels=classes,
        yticklabels=titles,
        cbar_kws={"label": "recall, percent"},
        ax=axes,
    )
    slant_names(axes)
    write_title(axes, title)
    return save_canvas(path, axes, mark)


def measure_recall(standing: Standing, classes: Sequence[str]) -> Float64:
    """Returns [K]: the fraction of the clips of each class that were predicted as this class."""
    every = list_classes([standing])
    counts = count_clips_by_class(standing, every)
    found = dict(zip(every, np.diag(counts) / np.maximum(counts.sum(1), 1e-9), strict=True))
    return np.array([found.get(name, 0.0) for name in classes])
