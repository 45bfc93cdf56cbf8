"""Cross-validates by subjects in two levels: chooses a setting inside the training folds, then predicts a fold.

For a tested fold f, each training fold g is left out too, one after the other. A classifier without f and g predicts
g, and these predictions choose the setting for f. Scores of f and g without both folds serve two choices: that for f
and that for g. Example with folds 1, 2, 3: to choose for fold 1, fold 2 is predicted from 3, and fold 3 from 2.
Letters in shapes: n clips of the round, K classes, S settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np

from bench.statistics.metrics import count_confusions, uar
from smile.arrays import Bool, Float64, Int64

#: (setting, threshold) of each class where clips show several; one setting without a threshold where they show one.
Choices = tuple[tuple[int, float | None], ...]


class Learner(Protocol):
    """Is a classifier with one setting to choose, such as a penalty."""

    settings: Sequence[float]  # strongest regularisation first: among equally good settings the first is taken
    inner: int  # most training folds that choose the setting, left out one at a time; others stay in training

    def score(self, settings: Sequence[int], left_out: Int64, targets: Float64) -> Float64:
        """Returns scores [S, len(left_out), K] at these settings, as if fitted without the left-out rows.

        `targets` [n, K] are zero in these rows.
        """

    def ask(self, settings: Sequence[int], left_out: Int64, targets: Float64, products: Float64) -> Float64:
        """Returns scores [S, M, K] of M further clips with inner products `products` [M, n], from the same fits."""


class FoldPairs(Protocol):
    """Is what scores two left-out folds at a time."""

    def score(self, fold: int, other: int) -> tuple[Float64, Float64]:
        """Returns scores [S, m, K] at every setting of the m clips of each of two folds, from a fit without both."""


@runtime_checkable
class PairLearner(Protocol):
    """Is a learner that scores the pairs of a round faster together than one by one."""

    def score_pairs(self, folds: Int64, targets: Float64) -> FoldPairs:
        """Returns the scorer of a round: the fold of each clip [n] and all targets [n, K]."""


@dataclass(frozen=True)
class Sheet:
    """Holds one round: the targets, the fold of each clip, and which folds are tested."""

    targets: Bool  # [n, K]
    folds: Int64  # [n]
    tested: tuple[int, ...]
    multilabel: bool


@dataclass
class _Scores:
    """Caches the model's scores without one or two folds; computes each pair of folds once, at every setting."""

    model: Learner
    sheet: Sheet
    shown: Float64 | None = None  # [n, n] inner products of the clips as they are tested; None: as they are taught
    known: dict[tuple[int, int], Float64] = field(default_factory=dict)

    def of(self, fold: int, other: int) -> Float64:
        """Returns scores [S, m, K] of the m clips of `fold` at every setting, from a fit without both folds."""
        if (fold, other) not in self.known:
            first, second = sorted((fold, other))
            self.known[first, second], self.known[second, first] = self._score_pair(first, second)
        return self.known[fold, other]

    def _score_pair(self, fold: int, other: int) -> tuple[Float64, Float64]:
        if self._pairs:
            return self._pairs.score(fold, other)
        rows, scores = self._ask([fold, other], range(len(self.model.settings)))
        return scores[:, self.sheet.folds[rows] == fold], scores[:, self.sheet.folds[rows] == other]

    @cached_property
    def _pairs(self) -> FoldPairs | None:
        if not isinstance(self.model, PairLearner):
            return None
        return self.model.score_pairs(self.sheet.folds, self.sheet.targets.astype(np.float64))

    def tested(self, fold: int, settings: Sequence[int]) -> Float64:
        """Returns scores [S, m, K] of the m clips of `fold` at these settings, from a fit without this fold."""
        if self.shown is None:
            return self._ask([fold], settings)[1]
        rows, targets = self._leave_out([fold])
        return self.model.ask(settings, rows, targets, self.shown[rows])

    def _ask(self, folds: Sequence[int], settings: Sequence[int]) -> tuple[Int64, Float64]:
        rows, targets = self._leave_out(folds)
        return rows, self.model.score(settings, rows, targets)

    def _leave_out(self, folds: Sequence[int]) -> tuple[Int64, Float64]:
        rows = np.flatnonzero(np.isin(self.sheet.folds, folds))
        targets = self.sheet.targets.astype(np.float64)
        targets[rows] = 0.0  # no label of a left-out clip may be used
        return rows, targets


def predict(
    model: Learner, sheet: Sheet, shown: Float64 | None = None, choices: dict[int, Choices] | None = None
) -> Bool:
    """Returns the predicted classes [n, K] of the tested folds; rows of other folds are False.

    `shown` [n, n] are inner products of the clips as they are tested (rows) with the clips as they are taught.
    `choices` keeps what was chosen for each fold: it depends on clips as they are taught alone, so a further call with
    other `shown` need not choose again.
    """
    scores, predicted = _Scores(model, sheet, shown), np.zeros_like(sheet.targets)
    known = {} if choices is None else choices
    for fold in sheet.tested:
        rows = np.flatnonzero(sheet.folds == fold)
        if len(rows):
            if fold not in known:
                known[fold] = _choose(scores, fold)
            predicted[rows] = _apply(scores, fold, known[fold])
    return predicted


def _inner(scores: _Scores, fold: int) -> list[int]:
    """Returns the folds nearest to `fold` that are left out with it; none where no fold would stay for training."""
    present = [int(number) for number in np.unique(scores.sheet.folds)]
    others = [number for number in present if number != fold]
    if len(others) < 2:
        return []
    at = present.index(fold)
    near = sorted(others, key=lambda number: (_distance(present.index(number), at, len(present)), number))
    return sorted(near[: scores.model.inner])


def _distance(first: int, second: int, count: int) -> int:
    return min((first - second) % count, (second - first) % count)


def _choose(scores: _Scores, fold: int) -> Choices:
    """Chooses inside the training folds: one setting for all classes, or a setting and a threshold for each class."""
    inner, sheet = _inner(scores, fold), scores.sheet
    if not inner:
        return choose_middle(scores.model, sheet.targets.shape[1], sheet.multilabel)
    truth = np.concatenate([sheet.targets[sheet.folds == other] for other in inner])
    said = np.concatenate([scores.of(other, fold) for other in inner], axis=1)
    return choose_settings(truth, said, sheet.multilabel)


def _apply(scores: _Scores, fold: int, choices: Choices) -> Bool:
    settings = sorted({setting for setting, _ in choices})
    return name_classes(dict(zip(settings, scores.tested(fold, settings), strict=True)), choices)


def choose_middle(model: Learner, classes: int, multilabel: bool) -> Choices:
    """Returns the middle setting, where nothing is there to choose by."""
    middle = len(model.settings) // 2
    return ((middle, 0.5),) * classes if multilabel else ((middle, None),)


def choose_settings(truth: Bool, said: Float64, multilabel: bool) -> Choices:
    """Chooses by clips whose truth [m, K] is known, from their scores `said` [S, m, K] at every setting.

    One class a clip: the setting with the best average recall. Several: for each class the setting and the threshold of
    the best F1.
    """
    if not multilabel:
        names, classes = truth.argmax(1), truth.shape[1]
        recalls = [float(uar(count_confusions(names, guess, classes))) for guess in said.argmax(2)]
        return ((int(np.argmax(recalls)), None),)
    found = []
    for k in range(truth.shape[1]):
        thresholds = [best_threshold(scores[:, k], truth[:, k]) for scores in said]
        setting = int(np.argmax([f1 for _, f1 in thresholds]))
        found.append((setting, thresholds[setting][0]))
    return tuple(found)


def name_classes(scores: Mapping[int, Float64], choices: Choices) -> Bool:
    """Returns the classes [m, K] of clips, from setting -> scores [m, K]: the highest, or all above thresholds."""
    setting, threshold = choices[0]
    if threshold is None:
        found = scores[setting]
        return np.asarray(np.eye(found.shape[1], dtype=bool)[found.argmax(1)])
    columns = [scores[own][:, k] > float(least or 0) for k, (own, least) in enumerate(choices)]
    return np.stack(columns, axis=1)


def best_threshold(scores: Float64, truth: Bool) -> tuple[float, float]:
    """Returns the threshold that gives positives the best F1, and this F1; (inf, 0) where there are no positives.

    Scores above the threshold count as positive. The threshold lies midway between two neighbouring scores. Among
    equally good thresholds the highest is taken, which predicts the fewest positives.
    """
    if not truth.any():
        return np.inf, 0.0
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + hits[-1])
    f1[:-1][ranked[:-1] == ranked[1:]] = -1.0  # no threshold lies between equal scores
    best = int(np.argmax(f1))
    below = ranked[best + 1] if best + 1 < len(ranked) else ranked[best] - 1.0
    return float((ranked[best] + below) / 2), float(f1[best])
