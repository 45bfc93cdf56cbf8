"""Computes scores of a classifier as fractions, from confusion matrices.

A confusion matrix is [..., K, K]: rows are true classes, columns are predicted classes, entries count clips. Leading
axes are kept, so that one call scores a thousand resampled matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from smile.arrays import Bool, Float64, Int64
from smile.data.face import EXPRESSIONS


def order_classes(labels: Iterable[str]) -> tuple[str, ...]:
    """Returns the distinct labels: the six basic expressions first, in their own order, then others by name."""
    found = set(labels)
    return tuple(name for name in EXPRESSIONS if name in found) + tuple(sorted(found - set(EXPRESSIONS)))


def mark_classes(labels: Sequence[Sequence[str]], classes: Sequence[str]) -> Bool:
    """Returns [N, K], True where a clip shows a class."""
    return np.array([[name in own for name in classes] for own in labels], dtype=np.bool_).reshape(-1, len(classes))


def count_confusions(truth: Int64, predicted: Int64, classes: int, times: Int64 | None = None) -> Float64:
    """Returns the confusion matrix [K, K] of class numbers [N]; clip n counts once, or times[n] times."""
    counts = np.bincount(truth * classes + predicted, weights=times, minlength=classes**2)
    return counts.reshape(classes, classes).astype(np.float64)


def count_label_confusions(truth: Bool, predicted: Bool, times: Int64) -> Float64:
    """Returns [K + 1, 2, 2]: a confusion matrix (absent, present) for each class, then one for exact matches.

    Serves multi-label data: `truth` and `predicted` are [N, K]. In the last matrix the truth is always "present", and
    the prediction is "present" where every class of the clip is right.
    """
    right = (truth == predicted).all(1, keepdims=True)
    truth, predicted = np.hstack([truth, np.ones_like(right)]), np.hstack([predicted, right])
    columns = zip(truth.T.astype(np.int64), predicted.T.astype(np.int64), strict=True)
    return np.stack([count_confusions(was, said, 2, times) for was, said in columns])


def accuracy(confusion: Float64) -> Float64:
    """Returns the fraction of clips on the diagonal, [...]."""
    return _divide(np.trace(confusion, axis1=-2, axis2=-1), confusion.sum((-2, -1)))


def macro_f1(confusion: Float64) -> Float64:
    """Returns the mean of 2TP / (2TP + FP + FN) over the classes that occur as truth or prediction, [...]."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return _average(2 * hits, confusion.sum(-1) + confusion.sum(-2))


def uar(confusion: Float64) -> Float64:
    """Returns the unweighted average recall: the mean of TP / (TP + FN) over the classes that occur as truth, [...]."""
    return _average(np.diagonal(confusion, axis1=-2, axis2=-1), confusion.sum(-1))


def exact_match(labels: Float64) -> Float64:
    """Returns the fraction of clips with every class right, from `count_label_confusions`, [...]."""
    return _divide(labels[..., -1, 1, 1], labels[..., -1, 1, :].sum(-1))


def macro_f1_of_labels(labels: Float64) -> Float64:
    """Returns the mean of 2TP / (2TP + FP + FN) over the classes that occur as truth or prediction, [...]."""
    hits, said, were = (labels[..., :-1, 1, 1], labels[..., :-1, :, 1].sum(-1), labels[..., :-1, 1, :].sum(-1))
    return _average(2 * hits, said + were)


def uar_of_labels(labels: Float64) -> Float64:
    """Returns the mean of TP / (TP + FN) over the classes that occur as truth, [...].

    A classifier that predicts every class for every clip reaches 1, so read this score beside the F1.
    """
    return _average(labels[..., :-1, 1, 1], labels[..., :-1, 1, :].sum(-1))


def _divide(top: Float64, bottom: Float64) -> Float64:
    return np.divide(top, bottom, out=np.zeros_like(bottom), where=bottom > 0)


def _average(top: Float64, bottom: Float64) -> Float64:
    # A resample may lack a class. The mean leaves such a class out and does not count it as zero.
    return _divide(_divide(top, bottom).sum(-1), (bottom > 0).sum(-1).astype(np.float64))


#: Name in records and tables -> function of confusion matrices.
METRICS: dict[str, Callable[[Float64], Float64]] = {"accuracy": accuracy, "macro_f1": macro_f1, "uar": uar}

#: The same names for multi-label clips -> function of `count_label_confusions`.
MULTILABEL_METRICS: dict[str, Callable[[Float64], Float64]] = {
    "accuracy": exact_match,
    "macro_f1": macro_f1_of_labels,
    "uar": uar_of_labels,
}
