"""Times the linear probe of a round beside scikit-learn: both predict all folds, with penalties chosen inside."""

from __future__ import annotations

from functools import partial

import numpy as np

from bench.probes.nested import Sheet, predict
from bench.probes.ridge import RIDGE_PENALTIES, Ridge
from bench.speed.peers.plain_probe import predict_plainly
from bench.speed.row import SpeedRow
from bench.speed.timing import interleave
from smile.arrays import Bool, Float64
from smile.progress import Reporter, report_each

#: Subjects, clips of each, and width: half of the synthetic faces, and a round of BU-3DFE's P1.
CASES = ((20, 6, 128), (60, 12, 128))
CLASSES, FOLDS = 6, 10
ROUNDS = 3


def time_probes(reporter: Reporter) -> list[SpeedRow]:
    """Returns a row for each case, on one thread."""
    return [_time_case(*case) for case in report_each(reporter, "Timing probes", CASES)]


def predict_by_hat_matrix(features: Float64, sheet: Sheet) -> Bool:
    """Predicts in our way; the time includes the Gram matrix."""
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
    """Draws features with a moderate signal; the clips of a subject are in one fold."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(clips) % CLASSES, subjects)
    centres = rng.normal(size=(CLASSES, width)) * 2 / width**0.25
    features = centres[labels] + rng.normal(size=(len(labels), width)) * 1.5
    folds = np.repeat(np.arange(subjects) % FOLDS, clips)
    targets = np.eye(CLASSES, dtype=bool)[labels]
    return features, Sheet(targets, folds, tuple(range(FOLDS)), multilabel=False)
