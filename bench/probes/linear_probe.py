"""Fits a linear classifier on frozen embeddings; chooses the regularisation inside the training subjects.

Every classifier works on inner products of clips: see `kernel.py`.
Letters in shapes: N clips, n clips of a round, K classes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.answer import Findings
from bench.probes.nested import Learner, Sheet, predict
from bench.probes.probe import Exam, Round, tell
from bench.probes.svm import Machines
from smile.arrays import Bool, Int64
from smile.digests import digest


def probe(exam: Exam) -> list[Bool]:
    """Returns the predictions [N, K] of each round; rows are False where the round does not test the clip."""
    from threadpoolctl import threadpool_limits

    # Threads do not help with such small matrices, and they cost much time where cores are busy. One thread also
    # gives the same bytes on any number of cores.
    with threadpool_limits(1, "blas"):
        return CLASSIFIERS[exam.classifier](exam)


def probe_linearly(exam: Exam) -> Findings:
    """Measures how well a linear classifier tells the classes of tested subjects, fold by fold."""
    return Findings(tuple(tell(exam, probe(exam))))


def _by_ridge(exam: Exam) -> list[Bool]:
    found = []
    for part in exam.rounds:
        rows = np.flatnonzero(part.folds >= 0)
        ridge = exam.kernel.memory.factorise(exam.kernel.clean, rows)
        found.append(_answer_round(exam, part, rows, ridge))
    return found


def _by_svm(exam: Exam) -> list[Bool]:
    found = []
    for part in exam.rounds:
        rows = np.flatnonzero(part.folds >= 0)
        machines = Machines(exam.kernel.clean[np.ix_(rows, rows)], exam.multilabel)
        found.append(_answer_round(exam, part, rows, machines))
    return found


def _by_chance(exam: Exam) -> list[Bool]:
    """Guesses every class with the same probability; for multi-label clips, guesses yes or no for each class."""
    found = []
    for number, part in enumerate(exam.rounds):
        guess = np.zeros_like(exam.targets)
        for fold in part.tested:
            rng, rows = np.random.default_rng((exam.seed, number, fold)), np.flatnonzero(part.folds == fold)
            guess[rows] = guess_uniformly(rng, len(rows), exam)
        found.append(guess)
    return found


def guess_uniformly(rng: np.random.Generator, count: int, exam: Exam) -> Bool:
    """Returns random classes [count, K]: one of the exam's classes each, or any number where clips show several."""
    classes = exam.targets.shape[1]
    if exam.multilabel:
        return np.asarray(rng.integers(2, size=(count, classes)) == 1)
    return np.asarray(np.eye(classes, dtype=bool)[rng.integers(classes, size=count)])


def _answer_round(exam: Exam, part: Round, rows: Int64, model: Learner) -> Bool:
    """Returns the predictions [N, K] of one round, whose clips are `rows`."""
    shown = None if exam.kernel.shown is exam.kernel.clean else exam.kernel.shown[np.ix_(rows, rows)]
    whole = np.zeros_like(exam.targets)
    sheet = Sheet(exam.targets[rows], part.folds[rows], part.tested, exam.multilabel)
    # The labels are part of the name: with others, other settings would be chosen.
    name = digest([exam.classifier, sheet.targets.tobytes().hex(), sheet.folds.tolist()])
    whole[rows] = predict(model, sheet, shown, exam.kernel.memory.choices.setdefault(name, {}))
    return whole


#: Name -> function that predicts all rounds.
CLASSIFIERS: dict[str, Callable[[Exam], list[Bool]]] = {
    "ridge": _by_ridge,
    "svm": _by_svm,
    "uniform": _by_chance,
}
