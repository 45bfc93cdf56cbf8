"""Fits linear support vector machines (libsvm): one for each pair of classes, or one for each class if multi-label.

Letters in shapes: n clips of the round, m left-out clips, K classes, S settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from smile.arrays import Float64, Int64

#: Costs, the strongest regularisation first; the unit is the inverse of a mean squared length of an embedding.
SVM_COSTS: tuple[float, ...] = tuple(10.0 ** np.arange(-2, 2.5, 1.0))


class Machines:
    """Fits one set of clips at every cost."""

    settings: Sequence[float] = SVM_COSTS
    inner = 4  # each left-out fold needs a fit: a hundred rounds with all pairs of folds would take ten minutes

    def __init__(self, gram: Float64, multilabel: bool) -> None:
        self._gram, self._multilabel = gram, multilabel

    def score(self, settings: Sequence[int], left_out: Int64, targets: Float64) -> Float64:
        """Returns scores [S, m, K] of left-out rows: one-hot predictions, or distances to each class's boundary."""
        return self.ask(settings, left_out, targets, self._gram[left_out])

    def ask(self, settings: Sequence[int], left_out: Int64, targets: Float64, products: Float64) -> Float64:
        """Returns scores [S, M, K] of M clips from their inner products [M, n] with the clips; see `score`."""
        kept = np.setdiff1d(np.arange(len(self._gram)), left_out)
        taught, asked = self._gram[np.ix_(kept, kept)], products[:, kept]
        return np.stack([self._ask(SVM_COSTS[setting], taught, asked, targets[kept]) for setting in settings])

    def _ask(self, cost: float, taught: Float64, asked: Float64, targets: Float64) -> Float64:
        if self._multilabel:
            return np.stack([_distances(cost, taught, asked, column) for column in targets.T], axis=1)
        labels, classes = targets.argmax(1), np.eye(targets.shape[1])
        if len(set(labels)) == 1:
            return np.asarray(classes[np.full(len(asked), labels[0])])
        return np.asarray(classes[_machine(cost).fit(taught, labels).predict(asked)])


def _distances(cost: float, taught: Float64, asked: Float64, column: Float64) -> Float64:
    if len(set(column)) == 1:
        return np.full(len(asked), column[0])
    return np.asarray(_machine(cost).fit(taught, column > 0).decision_function(asked))


def _machine(cost: float) -> Any:
    from sklearn.svm import SVC

    return SVC(C=cost, kernel="precomputed")
