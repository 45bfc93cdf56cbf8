"""Times the probes of a round beside scikit-learn: both predict all folds, with penalties chosen inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from bench.probes.logistic import Logistic
from bench.probes.logistic_probe import LOGISTIC_PENALTIES, NEAREST, predict_logistically
from bench.probes.nested import Sheet, predict
from bench.probes.ridge import RIDGE_PENALTIES, Ridge
from bench.speed.peers.plain_probe import USUAL, predict_logistically_plainly, predict_plainly
from bench.speed.row import SpeedRow
from bench.speed.stages.probes_together import time_together
from bench.speed.timing import interleave
from smile.arrays import Bool, Float64
from smile.progress import Reporter, report_each

#: Subjects, clips of each, width, and rounds of ten folds: half of the synthetic faces, a round of BU-3DFE's P1, and
#: all rounds of P1, whose thousand folds share one factorisation.
CASES = ((20, 6, 128, 1), (60, 12, 128, 1), (60, 12, 512, 100))
#: The same for logistic regression, where every fit costs.
LOGISTIC_CASES = ((60, 12, 128, 10), (60, 12, 512, 10))
#: Deviation of the noise beside classes: a class is told easily, and, where penalties matter, hardly.
EASY, HARD = 1.5, 4.5
CLASSES, FOLDS = 6, 10
ROUNDS = 3


def time_probes(reporter: Reporter) -> list[SpeedRow]:
    """Returns a row for each case, on one thread, and one of several data sets and probes together."""
    rows = [_time_case(*case) for case in report_each(reporter, "Timing probes", CASES)]
    rows += [_time_logistic(*case) for case in report_each(reporter, "Timing logistic regression", LOGISTIC_CASES)]
    return [*rows, time_together(reporter)]


def predict_by_hat_matrix(features: Float64, sheets: Sequence[Sheet]) -> list[Bool]:
    """Predicts every round in our way; the time includes the Gram matrix and its factorisation, once for all rounds."""
    ridge = Ridge(features @ features.T / features.shape[1])
    return [predict(ridge, sheet) for sheet in sheets]


def _time_case(subjects: int, clips: int, width: int, count: int) -> SpeedRow:
    # Libraries must be there when their threads are limited: scipy brings threads of its own.
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits

    features, sheet = _draw(subjects, clips, width)
    sheets = [_deal_anew(sheet, number) for number in range(count)]
    ways: dict[str, Callable[[], object]] = {
        "ours": partial(predict_by_hat_matrix, features, sheets),
        "scikit-learn": partial(predict_plainly, features, sheet),  # refits every round: one will do
    }
    with threadpool_limits(1):
        ours, plain = predict_by_hat_matrix(features, [sheet])[0], predict_plainly(features, sheet)
        seconds = interleave(ways, rounds=ROUNDS if count == 1 else 1)
    return SpeedRow(
        stage="probes",
        case=f"{subjects} subjects, {subjects * clips} clips, width {width}, {_tell_folds(count)}",
        ours=count / seconds["ours"],
        peer=1 / seconds["scikit-learn"],
        peer_name="scikit-learn",
        unit="rounds/s",
        equal=bool((ours == plain).all()),
        note=f"{len(RIDGE_PENALTIES)} penalties, chosen inside the training folds; one thread",
    )


def predict_by_newton(features: Float64, sheets: Sequence[Sheet]) -> list[Bool]:
    """Predicts every round by logistic regressions in our way, the Gram matrix and its factorisation included."""
    first = sheets[0]
    model = Logistic(features @ features.T / features.shape[1], first.targets, first.multilabel)
    return [predict_logistically(model, sheet) for sheet in sheets]


def _time_logistic(subjects: int, clips: int, width: int, count: int) -> SpeedRow:
    import sklearn.linear_model  # noqa: F401  # see _time_case
    from threadpoolctl import threadpool_limits

    features, sheet = _draw(subjects, clips, width, HARD)
    sheets = [_deal_anew(sheet, number) for number in range(count)]
    ways: dict[str, Callable[[], object]] = {
        "ours": partial(predict_by_newton, features, sheets),
        "scikit-learn": partial(predict_logistically_plainly, features, sheet),  # refits every round: one will do
        "usual": partial(predict_logistically_plainly, features, sheet, USUAL),
    }
    with threadpool_limits(1):
        ours, plain = predict_by_newton(features, [sheet])[0], predict_logistically_plainly(features, sheet)
        seconds = interleave(ways, rounds=1)
    usual = count * seconds["usual"] / seconds["ours"]
    return SpeedRow(
        stage="probes",
        case=f"logistic, {subjects} subjects, {subjects * clips} clips, width {width}, {_tell_folds(count)}",
        ours=count / seconds["ours"],
        peer=1 / seconds["scikit-learn"],
        peer_name="scikit-learn, as close to the optimum",
        unit="rounds/s",
        equal=bool((ours == plain).all()),
        note=f"{len(LOGISTIC_PENALTIES)} penalties, chosen by the {NEAREST} nearest folds; {usual:.1f}x scikit-learn "
        "at its usual tolerance; one thread",
    )


def _tell_folds(count: int) -> str:
    return f"{FOLDS} folds" if count == 1 else f"{count} rounds of {FOLDS} folds"


def _deal_anew(sheet: Sheet, number: int) -> Sheet:
    """Returns the round of this number: the same clips, subjects dealt into other folds; the first one as it is."""
    if not number:
        return sheet
    firsts = np.flatnonzero(np.diff(sheet.folds, prepend=-1))
    order = np.random.default_rng(number).permutation(len(firsts))
    return replace(sheet, folds=np.repeat(sheet.folds[firsts][order], np.diff(firsts, append=len(sheet.folds))))


def _draw(subjects: int, clips: int, width: int, noise: float = EASY) -> tuple[Float64, Sheet]:
    """Draws features with a signal among noise; the clips of a subject are in one fold."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(clips) % CLASSES, subjects)
    centres = rng.normal(size=(CLASSES, width)) * 2 / width**0.25
    features = centres[labels] + rng.normal(size=(len(labels), width)) * noise
    folds = np.repeat(np.arange(subjects) % FOLDS, clips)
    targets = np.eye(CLASSES, dtype=bool)[labels]
    return features, Sheet(targets, folds, tuple(range(FOLDS)), multilabel=False)
