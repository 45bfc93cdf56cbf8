"""Fits nested linear probes with scikit-learn, as a user would.

For every tested fold and every penalty, a model is fitted once without each other fold that chooses, and at last with
all folds except the tested one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from bench.probes.logistic_probe import LOGISTIC_PENALTIES, NEAREST
from bench.probes.nested import Sheet
from bench.probes.ridge import RIDGE_PENALTIES
from bench.statistics.metrics import count_confusions, uar
from smile.arrays import Bool, Float64, Int64

#: Slope at which scikit-learn stops: where its probabilities are about as close to the optimum as ours, and its own.
CLOSE, USUAL = 1e-8, 1e-4
#: Makes a model of scikit-learn from a penalty and the width of the features.
Make = Callable[[float, int], Any]


def predict_plainly(features: Float64, sheet: Sheet) -> Bool:
    """Predicts the same as `predict` with a Ridge, but fits every model again."""
    count = len(np.unique(sheet.folds))
    return _predict(features, sheet, _make_ridge, RIDGE_PENALTIES, range(1, count))


def predict_logistically_plainly(features: Float64, sheet: Sheet, slope: float = CLOSE) -> Bool:
    """Predicts the same as `predict_logistically`, for rounds of more than NEAREST folds, numbered from zero."""
    steps = [step for step in range(-(NEAREST // 2), NEAREST // 2 + 1) if step]
    return _predict(features, sheet, partial(_make_logistic, slope), LOGISTIC_PENALTIES, steps)


def _predict(features: Float64, sheet: Sheet, make: Make, penalties: Sequence[float], steps: Sequence[int]) -> Bool:
    labels, predicted = sheet.targets.argmax(1), np.zeros_like(sheet.targets)
    for fold in sheet.tested:
        inner = [(fold + step) % len(np.unique(sheet.folds)) for step in steps]
        makes = [partial(make, penalty) for penalty in penalties]
        scores = [_score(features, labels, sheet, fold, inner, one) for one in makes]
        tested = sheet.folds == fold
        guess = _fit(features, labels, ~tested, makes[int(np.argmax(scores))], tested)
        predicted[np.flatnonzero(tested), guess] = True
    return predicted


def _score(
    features: Float64, labels: Int64, sheet: Sheet, fold: int, inner: Sequence[int], make: Callable[[int], Any]
) -> float:
    folds, guess, asked = sheet.folds, np.zeros_like(labels), np.isin(sheet.folds, inner)
    for other in inner:
        taught = (folds != fold) & (folds != other)
        guess[folds == other] = _fit(features, labels, taught, make, folds == other)
    return float(uar(count_confusions(labels[asked], guess[asked], sheet.targets.shape[1])))


def _fit(features: Float64, labels: Int64, taught: Bool, make: Callable[[int], Any], asked: Bool) -> Int64:
    model = make(features.shape[1]).fit(features[taught], labels[taught])
    return np.asarray(model.predict(features[asked]), dtype=np.int64)


def _make_ridge(penalty: float, width: int) -> Any:
    from sklearn.linear_model import RidgeClassifier

    # The unit of our penalties is that of a Gram matrix divided by the width.
    return RidgeClassifier(alpha=penalty * width)


def _make_logistic(slope: float, penalty: float, width: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1 / (penalty * width), tol=slope, max_iter=10_000)
