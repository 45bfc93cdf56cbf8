"""Draws the confusion matrix of one method: which true class was predicted as which class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.figures.canvas import mark_content, name_faces, open_canvas, read_mark, save_canvas
from bench.record import Record
from bench.statistics.metrics import count_confusions, mark_classes, order_classes


def draw_confusion(path: Path, record: Record) -> Path | None:
    """Draws one row for each true class: colours are fractions of the row, numbers are clips, averaged over rounds.

    Returns None where the image at `path` already shows the same content.
    """
    classes = order_classes(name for one in record.predictions for name in (*one.truth, *one.predicted))
    truth, predicted = (
        mark_classes([getattr(one, which) for one in record.predictions], classes).argmax(axis=1)
        for which in ("truth", "predicted")
    )
    times = np.array([prediction.times for prediction in record.predictions])
    counts = count_confusions(truth, predicted, len(classes), times) / max(record.rounds, 1)
    title = f"{record.title}, {name_faces(record)}\naccuracy {100 * record.metrics['accuracy'].value:.1f} %"
    mark = mark_content(counts.tolist(), classes, title)
    if read_mark(path) == mark:
        return None
    seaborn, axes = open_canvas(5.4, 4.8)
    fractions = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    seaborn.heatmap(
        fractions,
        annot=counts.round().astype(int),
        fmt="d",
        vmin=0,
        vmax=1,
        cmap="Blues",
        square=True,
        xticklabels=classes,
        yticklabels=classes,
        cbar_kws={"label": "fraction of the row"},
        ax=axes,
    )
    axes.set(xlabel="predicted", ylabel="truth", title=title)
    return save_canvas(path, axes, mark)
