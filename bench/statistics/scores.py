"""Predictions -> scores with intervals over subjects, for single labels and for several."""

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
    order_classes,
)
from smile.arrays import Float64, Int64
from smile.data.facs import JOINT


def score(predictions: Sequence[Answer], seed: int, multilabel: bool = False) -> dict[str, Score]:
    """Metric name -> score with its interval over subjects.

    What was said in several rounds is added up before it is scored, so that accuracy and recall are the means over the
    rounds.
    """
    words = [word for one in predictions for said in (one.truth, one.predicted) for word in said.split(JOINT) if word]
    classes = order_classes(words)
    count, metrics = (_count_several, MULTILABEL_METRICS) if multilabel else (_count_one, METRICS)
    by_subject: dict[str, list[Answer]] = {}
    for one in predictions:
        by_subject.setdefault(one.subject, []).append(one)
    return bootstrap(np.stack([count(by_subject[name], classes) for name in sorted(by_subject)]), seed, metrics)


def _count_one(predictions: Sequence[Answer], classes: Sequence[str]) -> Float64:
    """Confusion matrix [K, K] over all rounds."""
    number = {name: k for k, name in enumerate(classes)}
    truth = np.array([number[one.truth] for one in predictions])
    predicted = np.array([number[one.predicted] for one in predictions])
    return count_confusions(truth, predicted, len(classes), _times(predictions))


def _count_several(predictions: Sequence[Answer], classes: Sequence[str]) -> Float64:
    truth, predicted = (
        np.array([[name in getattr(one, which).split(JOINT) for name in classes] for one in predictions])
        for which in ("truth", "predicted")
    )
    return count_label_confusions(truth, predicted, _times(predictions))


def _times(predictions: Sequence[Answer]) -> Int64:
    return np.array([one.times for one in predictions], dtype=np.int64)
