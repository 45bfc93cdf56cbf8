"""Fits a nested linear probe with scikit-learn, as a user would.

For every tested fold and every penalty, RidgeClassifier is fitted once without each other fold, and at last with all
folds except the tested one.
"""

from __future__ import annotations

import numpy as np

from bench.probes.nested import Sheet
from bench.probes.ridge import RIDGE_PENALTIES
from bench.statistics.metrics import count_confusions, uar
from smile.arrays import Bool, Float64, Int64


def predict_plainly(features: Float64, sheet: Sheet) -> Bool:
    """Predicts the same as `predict` with a Ridge, but fits every model again."""
    labels, predicted = sheet.targets.argmax(1), np.zeros_like(sheet.targets)
    for fold in sheet.tested:
        training = sheet.folds != fold
        scores = [_score(features, labels, sheet, training, a) for a in RIDGE_PENALTIES]
        guess = _fit(features, labels, training, RIDGE_PENALTIES[int(np.argmax(scores))], ~training)
        predicted[np.flatnonzero(~training), guess] = True
    return predicted


def _score(features: Float64, labels: Int64, sheet: Sheet, training: Bool, penalty: float) -> float:
    guess, folds = np.zeros_like(labels), sheet.folds
    for inner in np.unique(folds[training]):
        guess[folds == inner] = _fit(features, labels, training & (folds != inner), penalty, folds == inner)
    return float(uar(count_confusions(labels[training], guess[training], sheet.targets.shape[1])))


def _fit(features: Float64, labels: Int64, taught: Bool, penalty: float, asked: Bool) -> Int64:
    from sklearn.linear_model import RidgeClassifier

    # The unit of our penalties is that of a Gram matrix divided by the width.
    model = RidgeClassifier(alpha=penalty * features.shape[1]).fit(features[taught], labels[taught])
    return np.asarray(model.predict(features[asked]), dtype=np.int64)
