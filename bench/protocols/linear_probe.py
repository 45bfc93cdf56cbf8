"""Linear probe: a linear classifier on frozen embeddings, its regularisation chosen inside the training subjects.

Every classifier works on Gram matrices: for an L2-penalised linear model that loses nothing (representer theorem), and
makes 50,000 raw pixels as cheap as 128 dimensions. Letters in shapes: N clips, n training and m tested clips,
D dimensions, K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.metrics import count_confusions, uar
from smile.data.splits import subject_folds

Float = NDArray[np.float64]
Int = NDArray[np.int64]

#: Inner subject-independent folds that choose the regularisation.
INNER_FOLDS = 5
#: Ridge penalties, the strongest first, in units of the mean squared length of a standardised embedding.
RIDGE_PENALTIES = tuple(10.0 ** np.arange(2, -4.5, -0.5))
#: Costs of the support vector machine, the strongest regularisation first, in the inverse of these units.
SVM_COSTS = tuple(10.0 ** np.arange(-2, 2.5, 1.0))
#: Dimensions that are standardised at a time, so that raw pixels are never copied as a whole.
_BLOCK = 4096


@dataclass(frozen=True)
class Problem:
    """One fold: what a classifier may know."""

    gram: Float  # [n, n] inner products of the training clips, standardised
    gram_tested: Float  # [m, n] of the tested with the training clips
    labels: Int  # [n] class numbers
    classes: int  # K
    inner: tuple[Int, ...]  # rows of the training clips that are held out together; empty with a single subject
    seed: tuple[int, ...]


def probe(
    embeddings: NDArray[np.float32],
    labels: Int,
    subjects: Sequence[str],
    tested: NDArray[np.bool_],
    *,
    classifier: str,
    seed: tuple[int, ...],
) -> Int:
    """Class numbers [m] predicted for the `tested` rows by a classifier that was fitted on the other rows.

    `embeddings` is [N, D], `labels` [N] class numbers, `tested` [N]. Dimensions are standardised on the training rows.
    """
    from threadpoolctl import threadpool_limits

    names = [subject for subject, out in zip(subjects, tested, strict=True) if not out]
    # Matrices this small gain nothing from threads, lose much where cores are busy, and one thread gives the same
    # bytes on any number of cores.
    with threadpool_limits(1, "blas"):
        gram = _standardised_gram(embeddings, ~tested)
        problem = Problem(
            gram=gram[np.ix_(~tested, ~tested)],
            gram_tested=gram[np.ix_(tested, ~tested)],
            labels=labels[~tested],
            classes=int(labels.max()) + 1,
            inner=_inner_folds(names, seed[0]),
            seed=seed,
        )
        return CLASSIFIERS[classifier](problem)


def _inner_folds(subjects: Sequence[str], seed: int) -> tuple[Int, ...]:
    count = min(INNER_FOLDS, len(set(subjects)))
    if count < 2:
        return ()
    folds = subject_folds(subjects, count, seed).folds
    return tuple(np.flatnonzero([subject in fold for subject in subjects]) for fold in folds)


def _standardised_gram(embeddings: NDArray[np.float32], training: NDArray[np.bool_]) -> Float:
    """[N, N] inner products of the standardised rows, divided by the number of dimensions that vary."""
    gram, alive = np.zeros((len(embeddings), len(embeddings))), 0
    for start in range(0, embeddings.shape[1], _BLOCK):
        block = embeddings[:, start : start + _BLOCK].astype(np.float64)
        mean, deviation = block[training].mean(0), block[training].std(0)
        varies = deviation > 1e-9 * (1 + np.abs(mean))
        block = ((block - mean)[:, varies] / deviation[varies]).astype(embeddings.dtype)
        gram += block @ block.T
        alive += int(varies.sum())
    return gram / max(alive, 1)


def _fit_ridge(problem: Problem) -> Int:
    """Ridge regression on one-hot labels with a free intercept; argmax over classes."""
    values, vectors = np.linalg.eigh(problem.gram)
    targets = np.eye(problem.classes)[problem.labels]
    held_out = [_ridge_held_out(values, vectors, targets, a, problem.inner) for a in RIDGE_PENALTIES]
    penalty = RIDGE_PENALTIES[_choose(held_out, problem)]
    centred = targets - targets.mean(0)
    weights = vectors @ ((vectors.T @ centred) / (values + penalty)[:, None])
    return np.asarray(np.argmax(problem.gram_tested @ weights + targets.mean(0), axis=1))


def _ridge_held_out(values: Float, vectors: Float, targets: Float, penalty: float, inner: Sequence[Int]) -> Int:
    """Predictions [n] for the inner folds, each as if fitted without it, from one factorisation.

    With the hat matrix H of ridge regression and its free intercept, the residuals of a held-out set f are
    (I - H)_ff^-1 ((I - H) y)_f: exact leave-group-out (Cook & Weisberg 1982; the intercept's part of H is 1/n).
    """
    left = (vectors * (penalty / (np.maximum(values, 0) + penalty))) @ vectors.T - 1 / len(values)
    residuals, predicted = left @ targets, np.zeros(len(values), dtype=np.int64)
    for rows in inner:
        scores = targets[rows] - np.linalg.solve(left[np.ix_(rows, rows)], residuals[rows])
        predicted[rows] = np.argmax(scores, axis=1)
    return predicted


def _fit_svm(problem: Problem) -> Int:
    """Linear support vector machine, one against one (libsvm)."""
    held_out = [_svm_held_out(problem, cost) for cost in SVM_COSTS]
    machine = _machine(SVM_COSTS[_choose(held_out, problem)]).fit(problem.gram, problem.labels)
    return np.asarray(machine.predict(problem.gram_tested), dtype=np.int64)


def _svm_held_out(problem: Problem, cost: float) -> Int:
    predicted = np.zeros(len(problem.labels), dtype=np.int64)
    for rows in problem.inner:
        kept = np.setdiff1d(np.arange(len(predicted)), rows)
        machine = _machine(cost).fit(problem.gram[np.ix_(kept, kept)], problem.labels[kept])
        predicted[rows] = machine.predict(problem.gram[np.ix_(rows, kept)])
    return predicted


def _machine(cost: float) -> Any:
    from sklearn.svm import SVC

    return SVC(C=cost, kernel="precomputed")


def _draw_uniform(problem: Problem) -> Int:
    """Guesses every class with the same probability, whatever was embedded."""
    return np.random.default_rng(problem.seed).integers(problem.classes, size=len(problem.gram_tested))


def _choose(held_out: Sequence[Int], problem: Problem) -> int:
    """The setting with the best recall over the inner folds; of equals the first, which regularises most."""
    if not problem.inner:
        return len(held_out) // 2
    scores = [float(uar(count_confusions(problem.labels, guess, problem.classes))) for guess in held_out]
    return int(np.argmax(scores))


#: Name -> how a fold is fitted and predicted.
CLASSIFIERS: dict[str, Callable[[Problem], Int]] = {"ridge": _fit_ridge, "svm": _fit_svm, "uniform": _draw_uniform}
