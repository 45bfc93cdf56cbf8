"""Scores folds one by one and takes the mean, as some papers do, beside scores of all predictions together.

The contests of micro-expressions (MEGC, See et al. 2019) add up the counts of all folds before they compute UF1 and
UAR. A mean over folds is another number: a fold in which a class does not occur cannot count it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.answer import Answer
from bench.statistics.metrics import (
    METRICS,
    MULTILABEL_METRICS,
    count_confusions,
    count_label_confusions,
    mark_classes,
    order_classes,
)
from smile.arrays import Float64


def average_folds(answers: Sequence[Answer], multilabel: bool) -> dict[str, float]:
    """Returns metric -> mean over folds of the score of each fold; empty with one fold, or where folds are dealt anew.

    A class that does not occur in a fold is left out of the mean over classes there; see METRICS.
    """
    folds = sorted({one.fold for one in answers})
    if len(folds) < 2 or folds[0] < 0:
        return {}
    classes = order_classes(name for one in answers for name in (*one.truth, *one.predicted))
    counts = np.stack([_count([one for one in answers if one.fold == fold], classes, multilabel) for fold in folds])
    metrics = MULTILABEL_METRICS if multilabel else METRICS
    return {name: float(metric(counts).mean()) for name, metric in metrics.items()}


def miss_classes(answers: Sequence[Answer]) -> bool:
    """Returns whether some fold lacks a true class of another, so that its mean over classes is over fewer."""
    shown: dict[int, set[str]] = {}
    for one in answers:
        shown.setdefault(one.fold, set()).update(one.truth)
    return len({frozenset(names) for names in shown.values()}) > 1


def _count(answers: Sequence[Answer], classes: Sequence[str], multilabel: bool) -> Float64:
    truth, predicted = (
        mark_classes([getattr(one, what) for one in answers], classes) for what in ("truth", "predicted")
    )
    times = np.array([one.times for one in answers], dtype=np.int64)
    if multilabel:
        return count_label_confusions(truth, predicted, times)
    return count_confusions(truth.argmax(1), predicted.argmax(1), len(classes), times)
