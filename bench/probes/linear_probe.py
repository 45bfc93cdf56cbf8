"""Fits a linear classifier on frozen embeddings; chooses the regularisation inside the training subjects.

Every classifier works on Gram matrices (inner products of clips). An L2-penalised linear model loses nothing by this
(representer theorem), and 50,000 raw pixels cost as little as 128 dimensions. The clips of the encoder's pretraining
give mean and deviation to standardise embeddings. So one Gram matrix serves all folds of all rounds, and no tested
clip influences it. Letters in shapes: N clips, n clips of a round, R clips of reference, D dimensions, K classes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.probes.nested import Sheet, predict
from bench.probes.probe import Exam, Round
from bench.probes.ridge import Ridge
from bench.probes.svm import Machines
from smile.arrays import Bool, Float32, Float64, Int64

#: Number of dimensions that are standardised at a time, so that no copy of all raw pixels is made.
_BLOCK = 4096


def probe(exam: Exam) -> list[Bool]:
    """Returns the predictions [N, K] of each round; rows are False where the round does not test the clip."""
    from threadpoolctl import threadpool_limits

    # Threads do not help with such small matrices, and they cost much time where cores are busy. One thread also
    # gives the same bytes on any number of cores.
    with threadpool_limits(1, "blas"):
        gram = standardised_gram(exam.embeddings, exam.reference)
        return CLASSIFIERS[exam.classifier](exam, gram)


def standardised_gram(embeddings: Float32, reference: Float32) -> Float64:
    """Returns inner products [N, N] of the standardised rows, divided by the number of dimensions that vary."""
    gram, alive = np.zeros((len(embeddings), len(embeddings))), 0
    for start in range(0, embeddings.shape[1], _BLOCK):
        block = reference[:, start : start + _BLOCK].astype(np.float64)
        mean, deviation = block.mean(0), block.std(0)
        varies = deviation > 1e-9 * (1 + np.abs(mean))
        block = embeddings[:, start : start + _BLOCK].astype(np.float64)
        block = ((block - mean)[:, varies] / deviation[varies]).astype(embeddings.dtype)
        gram += block @ block.T
        alive += int(varies.sum())
    return gram / max(alive, 1)


def _by_ridge(exam: Exam, gram: Float64) -> list[Bool]:
    # With fixed subjects, all rounds of a protocol have the same clips, so one factorisation serves them all.
    last: tuple[bytes, Ridge] = (b"", Ridge(np.zeros((1, 1))))
    found = []
    for part in exam.rounds:
        rows = np.flatnonzero(part.folds >= 0)
        if last[0] != rows.tobytes():
            last = rows.tobytes(), Ridge(gram[np.ix_(rows, rows)])
        found.append(_spread(exam, rows, predict(last[1], _sheet(exam, part, rows))))
    return found


def _by_svm(exam: Exam, gram: Float64) -> list[Bool]:
    found = []
    for part in exam.rounds:
        rows = np.flatnonzero(part.folds >= 0)
        machines = Machines(gram[np.ix_(rows, rows)], exam.multilabel)
        found.append(_spread(exam, rows, predict(machines, _sheet(exam, part, rows))))
    return found


def _by_chance(exam: Exam, _gram: Float64) -> list[Bool]:
    """Guesses every class with the same probability; for multi-label clips, guesses yes or no for each class."""
    classes = exam.targets.shape[1]
    found = []
    for number, part in enumerate(exam.rounds):
        guess = np.zeros_like(exam.targets)
        for fold in part.tested:
            rng, rows = np.random.default_rng((exam.seed, number, fold)), np.flatnonzero(part.folds == fold)
            if exam.multilabel:
                guess[rows] = rng.integers(2, size=(len(rows), classes)) == 1
            else:
                guess[rows, rng.integers(classes, size=len(rows))] = True
        found.append(guess)
    return found


def _sheet(exam: Exam, part: Round, rows: Int64) -> Sheet:
    return Sheet(exam.targets[rows], part.folds[rows], part.tested, exam.multilabel)


def _spread(exam: Exam, rows: Int64, predicted: Bool) -> Bool:
    whole = np.zeros_like(exam.targets)
    whole[rows] = predicted
    return whole


#: Name -> function that predicts all rounds.
CLASSIFIERS: dict[str, Callable[[Exam, Float64], list[Bool]]] = {
    "ridge": _by_ridge,
    "svm": _by_svm,
    "uniform": _by_chance,
}
