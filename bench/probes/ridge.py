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

    def score_pairs(self, folds: Int64, targets: Float64) -> RidgePairs:
        """Returns the scores of any two folds, at every penalty, as if fitted without both; see `score`.

        `folds` [n] is the fold of each clip, `targets` [n, K] are those of all clips: the scores of two folds use the
        targets of all others alone.
        """
        return RidgePairs(self._left, folds, targets)

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


class RidgePairs:
    """Scores two left-out folds at a time, by blocks of the matrix L = I - H that many pairs share.

    For folds f and g, with u the sums over all other folds of L_f,rest y_rest, and in the same way v for g, block
    elimination solves the system of both folds (Golub & Van Loan 2013, section 3.2):
    S = L_gg - L_gf L_ff^-1 L_fg, g is predicted -S^-1 (v - L_gf L_ff^-1 u), and f from that. Half the time of solving
    for both folds at once, and no target of the two is ever read.
    """

    def __init__(self, left: Float64, folds: Int64, targets: Float64) -> None:
        """Takes L at every penalty, `left` [S, n, n], the fold of each clip [n], and the targets [n, K]."""
        order = np.argsort(folds, kind="stable")
        numbers, starts = np.unique(folds[order], return_index=True)
        ends = [*starts[1:].tolist(), len(order)]
        self._places = {int(k): slice(int(a), b) for k, a, b in zip(numbers, starts, ends, strict=True)}
        self._left = left[:, order[:, None], order]  # clips of a fold stand together
        self._sums = {k: self._left[:, :, place] @ targets[order[place]] for k, place in self._places.items()}
        self._inverse: dict[int, Float64] = {}

    def score(self, fold: int, other: int) -> tuple[Float64, Float64]:
        """Returns scores [S, m, K] of the clips of `fold`, and those of `other`, in the order of the clips."""
        f, g = self._places[fold], self._places[other]
        others = [product for k, product in self._sums.items() if k not in (fold, other)]
        u, v = (np.sum([product[:, place] for product in others], axis=0) for place in (f, g))
        inverse, across = self._invert(fold), self._left[:, g, f]
        through = across @ inverse  # L_gf L_ff^-1
        schur = self._left[:, g, g] - through @ self._left[:, f, g]
        second = np.linalg.solve(schur, v - through @ u)
        first = inverse @ (u - self._left[:, f, g] @ second)
        return -first, -second

    def _invert(self, fold: int) -> Float64:
        """Returns L_ff^-1 [S, m, m], computed once."""
        if fold not in self._inverse:
            place = self._places[fold]
            self._inverse[fold] = np.asarray(np.linalg.inv(self._left[:, place, place]))
        return self._inverse[fold]
