"""Times the linear probe of a round beside scikit-learn: both predict all folds, with penalties chosen inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from bench.probes.nested import Sheet, predict
from bench.probes.ridge import RIDGE_PENALTIES, Ridge
from bench.speed.peers.plain_probe import predict_plainly
from bench.speed.row import SpeedRow
from bench.speed.timing import interleave
from smile.arrays import Bool, Float64
from smile.progress import Reporter, report_each

#: Subjects, clips of each, width, and rounds of ten folds: half of the synthetic faces, a round of BU-3DFE's P1, and
#: all rounds of P1, whose thousand folds share one factorisation.
CASES = ((20, 6, 128, 1), (60, 12, 128, 1), (60, 12, 512, 100))
CLASSES, FOLDS = 6, 10
ROUNDS = 3


def time_probes(reporter: Reporter) -> list[SpeedRow]:
    """Returns a row for each case, on one thread."""
    return [_time_case(*case) for case in report_each(reporter, "Timing probes", CASES)]


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


def _tell_folds(count: int) -> str:
    return f"{FOLDS} folds" if count == 1 else f"{count} rounds of {FOLDS} folds"


def _deal_anew(sheet: Sheet, number: int) -> Sheet:
    """Returns the round of this number: the same clips, subjects dealt into other folds; the first one as it is."""
    if not number:
        return sheet
    firsts = np.flatnonzero(np.diff(sheet.folds, prepend=-1))
    order = np.random.default_rng(number).permutation(len(firsts))
    return replace(sheet, folds=np.repeat(sheet.folds[firsts][order], np.diff(firsts, append=len(sheet.folds))))


def _draw(subjects: int, clips: int, width: int) -> tuple[Float64, Sheet]:
    """Draws features with a moderate signal; the clips of a subject are in one fold."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(clips) % CLASSES, subjects)
    centres = rng.normal(size=(CLASSES, width)) * 2 / width**0.25
    features = centres[labels] + rng.normal(size=(len(labels), width)) * 1.5
    folds = np.repeat(np.arange(subjects) % FOLDS, clips)
    targets = np.eye(CLASSES, dtype=bool)[labels]
    return features, Sheet(targets, folds, tuple(range(FOLDS)), multilabel=False)
