"""Nested cross-validation by subjects: a setting is chosen inside the training folds, then the tested fold is read.

For the tested fold f each training fold g is left out as well, in turn, and every setting is scored on what was said
of the g's without f and g. What is said of f and g without both serves the choice for f and the choice for g.
Letters in shapes: n clips of the round, K classes, S settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from bench.statistics.metrics import count_confusions, uar
from smile.arrays import Bool, Float64, Int64


class Learner(Protocol):
    """A classifier with a setting to choose."""

    settings: Sequence[float]  # the strongest regularisation first: of equals it is taken
    inner: int  # how many training folds are left out in turn to choose by; the others always teach

    def score(self, settings: Sequence[int], left_out: Int64, targets: Float64) -> Float64:
        """Scores [S, len(left_out), K] at these settings as if fitted without these rows.

        `targets` [n, K] are zero in the left-out rows.
        """


@dataclass(frozen=True)
class Sheet:
    """One round: the targets, who is in which fold, and which folds are tested."""

    targets: Bool  # [n, K]
    folds: Int64  # [n]
    tested: tuple[int, ...]
    multilabel: bool


@dataclass
class _Scores:
    """What the model says without one fold or two; each pair is computed once, at every setting."""

    model: Learner
    sheet: Sheet
    known: dict[frozenset[int], tuple[Int64, Float64]] = field(default_factory=dict)

    def of(self, fold: int, other: int) -> Float64:
        """Scores [S, m, K] of the clips of `fold` at every setting, without the two folds."""
        pair = frozenset((fold, other))
        if pair not in self.known:
            self.known[pair] = self._ask(sorted(pair), range(len(self.model.settings)))
        rows, scores = self.known[pair]
        return scores[:, self.sheet.folds[rows] == fold]

    def tested(self, fold: int, settings: Sequence[int]) -> Float64:
        """Scores [S, m, K] of the clips of `fold` at these settings, without it."""
        return self._ask([fold], settings)[1]

    def _ask(self, folds: Sequence[int], settings: Sequence[int]) -> tuple[Int64, Float64]:
        rows = np.flatnonzero(np.isin(self.sheet.folds, folds))
        targets = self.sheet.targets.astype(np.float64)
        targets[rows] = 0.0  # nothing that is left out can be looked at
        return rows, self.model.score(settings, rows, targets)


def predict(model: Learner, sheet: Sheet) -> Bool:
    """Predicted classes [n, K] of the tested folds; rows of other folds are False."""
    scores, predicted = _Scores(model, sheet), np.zeros_like(sheet.targets)
    for fold in sheet.tested:
        rows = np.flatnonzero(sheet.folds == fold)
        if len(rows):
            predicted[rows] = (_decide_several if sheet.multilabel else _decide_one)(scores, fold)
    return predicted


def _inner(scores: _Scores, fold: int) -> list[int]:
    """The folds that are left out beside `fold`, its neighbours first; none where that would leave nothing to learn."""
    present = [int(number) for number in np.unique(scores.sheet.folds)]
    others = [number for number in present if number != fold]
    if len(others) < 2:
        return []
    at = present.index(fold)
    near = sorted(others, key=lambda number: (_distance(present.index(number), at, len(present)), number))
    return sorted(near[: scores.model.inner])


def _distance(first: int, second: int, count: int) -> int:
    return min((first - second) % count, (second - first) % count)


def _decide_one(scores: _Scores, fold: int) -> Bool:
    """The class with the highest score, at the setting with the best recall over the inner folds."""
    inner, sheet = _inner(scores, fold), scores.sheet
    classes, chosen = sheet.targets.shape[1], len(scores.model.settings) // 2
    if inner:
        truth = np.concatenate([sheet.targets[sheet.folds == other].argmax(1) for other in inner])
        said = np.concatenate([scores.of(other, fold).argmax(2) for other in inner], axis=1)
        chosen = int(np.argmax([float(uar(count_confusions(truth, guess, classes))) for guess in said]))
    return np.asarray(np.eye(classes, dtype=bool)[scores.tested(fold, [chosen])[0].argmax(1)])


def _decide_several(scores: _Scores, fold: int) -> Bool:
    """Each class by itself: the setting and the threshold with the best F1 over the inner folds."""
    inner, sheet = _inner(scores, fold), scores.sheet
    settings, classes = range(len(scores.model.settings)), sheet.targets.shape[1]
    if not inner:
        return np.asarray(scores.tested(fold, [len(settings) // 2])[0] > 0.5)
    truth = np.concatenate([sheet.targets[sheet.folds == other] for other in inner])
    said = np.concatenate([scores.of(other, fold) for other in inner], axis=1)
    tested, columns = scores.tested(fold, settings), []
    for k in range(classes):
        choices = [best_threshold(said[setting, :, k], truth[:, k]) for setting in settings]
        setting = int(np.argmax([f1 for _, f1 in choices]))
        columns.append(tested[setting, :, k] > choices[setting][0])
    return np.stack(columns, axis=1)


def best_threshold(scores: Float64, truth: Bool) -> tuple[float, float]:
    """The threshold above which the positives have the best F1, and that F1; infinite where there are no positives.

    It lies half-way between two neighbouring scores; of equals the highest is taken, which predicts the fewest.
    """
    if not truth.any():
        return np.inf, 0.0
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + hits[-1])
    f1[:-1][ranked[:-1] == ranked[1:]] = -1.0  # equal scores cannot be told apart
    best = int(np.argmax(f1))
    below = ranked[best + 1] if best + 1 < len(ranked) else ranked[best] - 1.0
    return float((ranked[best] + below) / 2), float(f1[best])
