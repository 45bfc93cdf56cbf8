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
        """Returns scores [S, M, K] of M clips from their inner products [M, n] with the clips; see `score`."""
        chosen, wanted = list(settings), np.repeat(targets[None], len(settings), axis=0)
        weights = self._weigh(chosen, left_out, wanted)
        # Small penalties divide small errors by their square; one step of refinement takes them away.
        weights += self._weigh(chosen, left_out, self._find_rest(chosen, left_out, wanted, weights)[0])
        return np.asarray(products @ weights + self._find_rest(chosen, left_out, wanted, weights)[1])

    def _weigh(self, settings: list[int], left_out: Int64, targets: Float64) -> Float64:
        """Returns the dual weights [S, n, K] of `targets` [S, n, K]; those of left-out rows are zero.

        They are zero where the predictions of the left-out rows stand in the place of their targets.
        """
        left, filled = self._left[settings], targets.copy()
        rows = left[:, left_out]
        filled[:, left_out] = -np.linalg.solve(rows[:, :, left_out], rows @ targets)
        weights = left @ filled / np.array(self.settings)[settings][:, None, None]
        weights[:, left_out] = 0.0
        return np.asarray(weights)

    def _find_rest(
        self, settings: list[int], left_out: Int64, targets: Float64, weights: Float64
    ) -> tuple[Float64, Float64]:
        """Returns what the weights leave of the targets of the other rows [S, n, K], and the intercepts [S, 1, K]."""
        rest = targets - self._gram @ weights - np.array(self.settings)[settings][:, None, None] * weights
        kept = np.setdiff1d(np.arange(len(self._gram)), left_out)
        intercepts = rest[:, kept].mean(1, keepdims=True)
        rest -= intercepts
        rest[:, left_out] = 0.0
        return rest, intercepts

    @cached_property
    def _left(self) -> Float64:
        """I - H at every penalty, [S, n, n]."""
        middle = self._gram - self._gram.mean(0)
        values, vectors = np.linalg.eigh(middle - middle.mean(1)[:, None])
        values = np.maximum(values, 0)
        return np.stack([(vectors * (a / (values + a))) @ vectors.T - 1 / len(values) for a in self.settings])
