"""Scores predictions, with intervals over subjects, for single-label and multi-label clips."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.evaluation import Answer
from bench.statistics.intervals import Score, bootstrap
from bench.statistics.metrics import (
    METRICS,
    MULTILABEL_METRICS,
    count_confusions,
    count_label_confusions,
    mark_classes,
    order_classes,
)
from smile.arrays import Bool, Float64, Int64


def score(predictions: Sequence[Answer], seed: int, multilabel: bool = False) -> dict[str, Score]:
    """Returns metric name -> score with its interval over subjects.

    Predictions of all rounds are counted together before they are scored. So accuracy and recall equal the means over
    the rounds.
    """
    classes = order_classes(name for one in predictions for name in (*one.truth, *one.predicted))
    count, metrics = (_count_several, MULTILABEL_METRICS) if multilabel else (_count_one, METRICS)
    by_subject: dict[str, list[Answer]] = {}
    for one in predictions:
        by_subject.setdefault(one.subject, []).append(one)
    return bootstrap(np.stack([count(by_subject[name], classes) for name in sorted(by_subject)]), seed, metrics)


def _count_one(predictions: Sequence[Answer], classes: Sequence[str]) -> Float64:
    """Returns the confusion matrix [K, K] over all rounds."""
    truth, predicted = (marks.argmax(axis=1) for marks in _mark_both(predictions, classes))
    return count_confusions(truth, predicted, len(classes), _times(predictions))


def _count_several(predictions: Sequence[Answer], classes: Sequence[str]) -> Float64:
    return count_label_confusions(*_mark_both(predictions, classes), _times(predictions))


def _mark_both(predictions: Sequence[Answer], classes: Sequence[str]) -> tuple[Bool, Bool]:
    """Returns which classes each clip shows, and which were predicted, both [N, K]."""
    return (
        mark_classes([one.truth for one in predictions], classes),
        mark_classes([one.predicted for one in predictions], classes),
    )


def _times(predictions: Sequence[Answer]) -> Int64:
    return np.array([one.times for one in predictions], dtype=np.int64)
