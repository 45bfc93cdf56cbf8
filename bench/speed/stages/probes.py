"""The linear probe of a round beside scikit-learn: which class each clip is in, fold by fold, penalties chosen inside.

The peer is what one would write: for every tested fold and every penalty, RidgeClassifier is fitted without each other
fold in turn, and at last without the tested fold alone.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from bench.probes.nested import Sheet, predict
from bench.probes.ridge import RIDGE_PENALTIES, Ridge
from bench.speed.row import SpeedRow
from bench.speed.timing import interleave
from bench.statistics.metrics import count_confusions, uar
from smile.arrays import Bool, Float64, Int64
from smile.progress import Reporter

#: Subjects, clips of each and width: half of the synthetic stand-in, and a round of BU-3DFE's P1.
CASES = ((20, 6, 128), (60, 12, 128))
CLASSES, FOLDS = 6, 10
ROUNDS = 3


def time_probes(reporter: Reporter) -> list[SpeedRow]:
    """A row a case, on one thread."""
    rows = []
    for number, (subjects, clips, width) in enumerate(CASES):
        reporter("Timing probes", number, len(CASES))
        rows.append(_time_case(subjects, clips, width))
    reporter("Timing probes", len(CASES), len(CASES))
    return rows


def predict_plainly(features: Float64, sheet: Sheet) -> Bool:
    """What `predict` finds with a Ridge, every model fitted anew."""
    labels, predicted = sheet.targets.argmax(1), np.zeros_like(sheet.targets)
    for fold in sheet.tested:
        training = sheet.folds != fold
        scores = [_score(features, labels, sheet.folds, training, a) for a in RIDGE_PENALTIES]
        guess = _fit(features, labels, training, RIDGE_PENALTIES[int(np.argmax(scores))], ~training)
        predicted[np.flatnonzero(~training), guess] = True
    return predicted


def _score(features: Float64, labels: Int64, folds: Int64, training: Bool, penalty: float) -> float:
    guess = np.zeros_like(labels)
    for inner in np.unique(folds[training]):
        guess[folds == inner] = _fit(features, labels, training & (folds != inner), penalty, folds == inner)
    return float(uar(count_confusions(labels[training], guess[training], CLASSES)))


def _fit(features: Float64, labels: Int64, taught: Bool, penalty: float, asked: Bool) -> Int64:
    from sklearn.linear_model import RidgeClassifier

    # Our penalties are in units of a gram matrix that is divided by the width.
    model = RidgeClassifier(alpha=penalty * features.shape[1]).fit(features[taught], labels[taught])
    return np.asarray(model.predict(features[asked]), dtype=np.int64)


def predict_by_hat_matrix(features: Float64, sheet: Sheet) -> Bool:
    """Ours, Gram matrix included."""
    return predict(Ridge(features @ features.T / features.shape[1]), sheet)


def _time_case(subjects: int, clips: int, width: int) -> SpeedRow:
    from threadpoolctl import threadpool_limits

    features, sheet = _draw(subjects, clips, width)
    ways = {
        name: partial(way, features, sheet)
        for name, way in (("ours", predict_by_hat_matrix), ("scikit-learn", predict_plainly))
    }
    with threadpool_limits(1):
        ours, plain = (way() for way in ways.values())
        seconds = interleave(ways, rounds=ROUNDS)
    return SpeedRow(
        stage="probes",
        case=f"{subjects} subjects, {subjects * clips} clips, width {width}, {FOLDS} folds",
        ours=1 / seconds["ours"],
        peer=1 / seconds["scikit-learn"],
        peer_name="scikit-learn",
        unit="rounds/s",
        equal=bool((ours == plain).all()),
        note=f"{len(RIDGE_PENALTIES)} penalties, chosen inside the training folds; one thread",
    )


def _draw(subjects: int, clips: int, width: int) -> tuple[Float64, Sheet]:
    """Features with a signal that is neither lost nor plain, clips of a subject in one fold."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(clips) % CLASSES, subjects)
    centres = rng.normal(size=(CLASSES, width)) * 2 / width**0.25
    features = centres[labels] + rng.normal(size=(len(labels), width)) * 1.5
    folds = np.repeat(np.arange(subjects) % FOLDS, clips)
    targets = np.eye(CLASSES, dtype=bool)[labels]
    return features, Sheet(targets, folds, tuple(range(FOLDS)), multilabel=False)
