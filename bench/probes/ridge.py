"""Fits ridge regression to zeros and ones with a free intercept; one factorisation gives all left-out predictions.

Letters in shapes: n clips of the round, m left-out clips, K classes, S settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from smile.arrays import Float64, Int64

#: Ridge penalties, the strongest first; the unit is the mean squared length of a standardised embedding.
RIDGE_PENALTIES: tuple[float, ...] = tuple(10.0 ** np.arange(2, -4.5, -0.5))


class Ridge:
    """Fits one set of clips at every penalty."""

    settings: Sequence[float] = RIDGE_PENALTIES
    inner = 1000  # all: left-out predictions are almost free

    def __init__(self, gram: Float64) -> None:
        """Takes the inner products of the clips, `gram` [n, n]; they need not be centred."""
        self._gram = gram

    def score(self, settings: Sequence[int], left_out: Int64, targets: Float64) -> Float64:
        """Returns scores [S, m, K] of left-out rows, as if fitted without them; `targets` [n, K] are zero there.

        H is the hat matrix of ridge regression with a free intercept, and L = I - H. A refit without the set f predicts
        -L_ff^-1 L_f,rest y_rest. This is exact leave-group-out (Cook & Weisberg 1982; the intercept adds 1/n to H). The
        centring uses the left-out clips too, and the formula removes their influence again.
        """
        rows = self._left[np.ix_(np.asarray(settings), left_out)]
        return np.asarray(-np.linalg.solve(rows[:, :, left_out], rows @ targets))

    def ask(self, settings: Sequence[int], left_out: Int64, targets: Float64, products: Float64) -> Float64:
        """Returns scores [S, M, K] of M clips from their inner products [M, n] with the clips; see `score`.

        With the predictions of the left-out rows in place of their targets, the dual weights of these rows are zero.
        """
        filled = np.repeat(targets[None], len(settings), axis=0)
        if len(left_out):
            filled[:, left_out] = self.score(settings, left_out, targets)
        penalties = np.array(self.settings)[list(settings)]
        weights = self._left[list(settings)] @ filled / penalties[:, None, None]
        offsets = (filled - self._gram @ weights).mean(1, keepdims=True)
        return np.asarray(products @ weights + offsets)

    @cached_property
    def _left(self) -> Float64:
        """I - H at every penalty, [S, n, n]."""
        middle = self._gram - self._gram.mean(0)
        values, vectors = np.linalg.eigh(middle - middle.mean(1)[:, None])
        values = np.maximum(values, 0)
        return np.stack([(vectors * (a / (values + a))) @ vectors.T - 1 / len(values) for a in self.settings])
