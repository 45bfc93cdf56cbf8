"""Figures from records alone: a confusion matrix a method, and all accuracies of a protocol with their intervals.

A picture carries a hash of what it shows, so that an unchanged one is not drawn again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np

from bench.methods.method import Family
from bench.record import Record
from bench.statistics.metrics import count_confusions, mark_classes, order_classes
from smile.atomic import replacing
from smile.digests import SHORT, digest_text

#: Key of the text in a png that holds the hash of what it shows.
_MARK = "Shows"


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
        drawn += [_draw_confusion(folder / f"{one.method}.png", one) for one in group if not one.multilabel]
        drawn.append(_draw_scores(folder / "accuracy.png", group))
    return [path for path in drawn if path is not None]


def _folder(root: Path, record: Record) -> Path:
    return root / record.setting.data_set / record.setting.protocol / record.setting.probe


def _draw_confusion(path: Path, record: Record) -> Path | None:
    """Rows are the truth: colour is the fraction of the row, the number how many clips, on average over the rounds."""
    classes = order_classes(name for one in record.predictions for name in (*one.truth, *one.predicted))
    truth, predicted = (
        mark_classes([getattr(one, which) for one in record.predictions], classes).argmax(axis=1)
        for which in ("truth", "predicted")
    )
    times = np.array([prediction.times for prediction in record.predictions])
    counts = count_confusions(truth, predicted, len(classes), times) / max(record.rounds, 1)
    title = f"{record.title}, {_name(record)}\naccuracy {100 * record.metrics['accuracy'].value:.1f} %"
    mark = _hash(counts.tolist(), classes, title)
    if _marked(path) == mark:
        return None
    seaborn, axes = _open(5.4, 4.8)
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
    return _save(path, axes, mark)


def _draw_scores(path: Path, records: Sequence[Record]) -> Path | None:
    ranked = sorted(records, key=lambda record: (_name(record), -record.metrics["accuracy"].value, record.title))
    shown = [(_name(r), r.title, r.family, *vars(r.metrics["accuracy"]).values()) for r in ranked]
    mark = _hash(shown)
    if _marked(path) == mark:
        return None
    seaborn, axes = _open(9, 0.9 + 0.34 * len(ranked))
    families = get_args(Family)  # all there are, so that a family looks the same in every figure
    colours = dict(zip(families, seaborn.color_palette("colorblind", len(families)), strict=True))
    for row, record in enumerate(ranked):
        score, colour = record.metrics["accuracy"], colours[record.family]
        axes.plot([100 * score.low, 100 * score.high], [row, row], color=colour, linewidth=2)
        axes.plot(100 * score.value, row, "o", color=colour, label=record.family)
    axes.set_yticks(range(len(ranked)), [record.title for record in ranked])
    axes.set_ylim(len(ranked) - 0.4, -0.6)
    axes.set(xlim=(0, 100), xlabel="accuracy, percent, with 95 % interval over subjects", title=_title(ranked))
    entries = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend(entries.values(), entries.keys(), loc="upper left", bbox_to_anchor=(1, 1), fontsize="small")
    axes.grid(axis="x", alpha=0.3)
    return _save(path, axes, mark)


def _name(record: Record) -> str:
    """Data set and protocol as a figure names them: a stand-in always says that it is one."""
    faces = record.data_set_title + (f" (stand-in: {record.stand_in})" if record.stand_in else "")
    return f"{faces}, {record.setting.protocol}"


def _title(records: Sequence[Record]) -> str:
    return "; ".join(sorted({_name(record) for record in records}))


def _open(width: float, height: float) -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("Agg")
    import seaborn
    from matplotlib.figure import Figure

    return seaborn, Figure(figsize=(width, height), layout="constrained").subplots()


def _save(path: Path, axes: Any, mark: str) -> Path:
    with replacing(path) as temporary:
        # The default metadata name the version of matplotlib.
        axes.figure.savefig(temporary, dpi=120, format="png", metadata={"Software": None, _MARK: mark})
    return path


def _marked(path: Path) -> str | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            picture.load()
            return str(picture.info.get(_MARK))
    except (OSError, UnidentifiedImageError, SyntaxError):
        return None


def _hash(*content: object) -> str:
    return digest_text(repr(content), SHORT)
