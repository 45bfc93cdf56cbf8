"""Draws which true class was predicted as which class: of one method, or as the difference of two methods."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.figures.canvas import (
    mark_content,
    name_faces,
    open_canvas,
    read_mark,
    save_canvas,
    slant_names,
    write_title,
)
from bench.record import Record
from bench.standings import Standing
from bench.statistics.metrics import count_confusions, mark_classes, order_classes
from smile.arrays import Float64


def count_clips_by_class(standing: Standing, classes: Sequence[str]) -> Float64:
    """Returns [K, K]: clips of a true class (row) by predicted class (column), averaged over rounds and seeds."""
    counts = [_count(record, classes) for record in standing.scored]
    return np.asarray(np.mean(counts, axis=0), dtype=np.float64)


def _count(record: Record, classes: Sequence[str]) -> Float64:
    truth, predicted = (
        mark_classes([getattr(one, which) for one in record.predictions], classes).argmax(axis=1)
        for which in ("truth", "predicted")
    )
    times = np.array([prediction.times for prediction in record.predictions])
    return count_confusions(truth, predicted, len(classes), times) / max(record.rounds, 1)


def list_classes(standings: Sequence[Standing]) -> tuple[str, ...]:
    """Returns every class that is a truth or a prediction in the records of these methods."""
    answers = (one for standing in standings for record in standing.scored for one in record.predictions)
    return order_classes(name for one in answers for name in (*one.truth, *one.predicted))


def draw_confusion(path: Path, standing: Standing) -> Path | None:
    """Draws one row for each true class: colours are fractions of the row, numbers are clips, averaged over rounds.

    Returns None where the image at `path` already shows the same content.
    """
    classes = list_classes([standing])
    counts = count_clips_by_class(standing, classes)
    accuracy = 100 * np.trace(counts) / counts.sum()
    title = f"{standing.first.title}: accuracy {accuracy:.1f} %\n{name_faces(standing.first)}"
    fractions = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    return _draw(path, title, classes, fractions, counts.round().astype(int), "fraction of the row", "Blues", (0, 1))


def draw_difference(path: Path, ours: Standing, theirs: Standing) -> Path | None:
    """Draws the confusion matrix of `ours` minus that of `theirs`: numbers are clips, averaged over rounds.

    Returns None where the image at `path` already shows the same content.
    """
    classes = list_classes([ours, theirs])
    gain = count_clips_by_class(ours, classes) - count_clips_by_class(theirs, classes)
    title = f"{ours.first.title} minus {theirs.first.title}\n{name_faces(ours.first)}"
    most = max(1.0, float(abs(gain).max()))
    what = "clips more (red) or fewer (blue)"
    return _draw(path, title, classes, gain, gain.round().astype(int), what, "vlag", (-most, most))


def _draw(
    path: Path,
    title: str,
    classes: Sequence[str],
    colours: Float64,
    numbers: np.ndarray,
    what: str,
    palette: str,
    ends: tuple[float, float],
) -> Path | None:
    mark = mark_content(numbers.tolist(), colours.tolist(), classes, title, what)
    if read_mark(path) == mark:
        return None
    side = 0.55 * max(len(classes), 5)
    seaborn, axes = open_canvas(side + 2.8, side + 1.9)
    seaborn.heatmap(
        colours,
        annot=numbers,
        fmt="d",
        vmin=ends[0],
        vmax=ends[1],
        cmap=palette,
        square=True,
        xticklabels=classes,
        yticklabels=classes,
        cbar_kws={"label": what},
        ax=axes,
    )
    axes.set(xlabel="predicted", ylabel="truth")
    slant_names(axes)
    axes.tick_params(axis="y", rotation=0)
    write_title(axes, title)
    return save_canvas(path, axes, mark)
