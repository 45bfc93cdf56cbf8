"""The probe against scikit-learn fitted the long way round, and what it must not look at."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from bench.metrics import count_confusions, uar
from bench.protocols import linear_probe
from bench.protocols.linear_probe import RIDGE_PENALTIES, SVM_COSTS, probe
from smile.data.splits import subject_folds

SUBJECTS = [f"F{n:03d}" for n in range(12) for _ in range(6)]
LABELS = np.tile(np.arange(6), 12)
TESTED = np.array([subject in ("F001", "F005") for subject in SUBJECTS])
SEED = (0, 3)


def embeddings(dimensions, noise=2.0, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(6, dimensions))
    spread = rng.uniform(0.1, 10, size=dimensions)
    return ((centres[LABELS] + noise * rng.normal(size=(72, dimensions))) * spread + 3).astype(np.float32)


def fit_directly(features, make, grid):
    """Chooses by refitting without each inner fold, then fits on all training rows."""
    scaler = StandardScaler().fit(features[~TESTED].astype(np.float64))
    train, test = scaler.transform(features[~TESTED]), scaler.transform(features[TESTED])
    names = np.array([s for s, out in zip(SUBJECTS, TESTED, strict=True) if not out])
    labels, scores = LABELS[~TESTED], []
    for setting in grid:
        guess = np.zeros_like(labels)
        for fold in subject_folds(list(names), linear_probe.INNER_FOLDS, SEED[0]).folds:
            out = np.isin(names, fold)
            guess[out] = make(setting, features.shape[1]).fit(train[~out], labels[~out]).predict(train[out])
        scores.append(float(uar(count_confusions(labels, guess, 6))))
    best = grid[int(np.argmax(scores))]
    return make(best, features.shape[1]).fit(train, labels).predict(test), scores


@pytest.mark.parametrize("dimensions", [8, 200])
@pytest.mark.parametrize("seed", [0, 1])
def test_ridge_equals_scikit_learn_with_every_inner_fold_refitted(dimensions, seed):
    features = embeddings(dimensions, noise=dimensions**0.5 / 2, seed=seed)
    expected, scores = fit_directly(features, lambda a, d: RidgeClassifier(alpha=a * d), RIDGE_PENALTIES)
    assert 0.25 < max(scores) < 1, "the task must neither be trivial nor hopeless, or the choice is not tested"
    np.testing.assert_array_equal(probe(features, LABELS, SUBJECTS, TESTED, classifier="ridge", seed=SEED), expected)


@pytest.mark.parametrize("dimensions", [8, 200])
def test_svm_equals_scikit_learn_with_every_inner_fold_refitted(dimensions):
    features = embeddings(dimensions, noise=dimensions**0.5 / 2)
    expected, _ = fit_directly(features, lambda c, d: SVC(C=c / d, kernel="linear"), SVM_COSTS)
    np.testing.assert_array_equal(probe(features, LABELS, SUBJECTS, TESTED, classifier="svm", seed=SEED), expected)


def test_the_left_out_predictions_are_those_of_a_refit_at_every_penalty():
    features = StandardScaler().fit_transform(embeddings(30).astype(np.float64))
    rows, kept = np.arange(12), np.arange(12, 72)
    values, vectors = np.linalg.eigh(features @ features.T / 30)
    for penalty in RIDGE_PENALTIES:
        held = linear_probe._ridge_held_out(values, vectors, np.eye(6)[LABELS], penalty, [rows])
        refit = RidgeClassifier(alpha=penalty * 30).fit(features[kept], LABELS[kept]).predict(features[rows])
        np.testing.assert_array_equal(held[rows], refit)


@pytest.mark.parametrize("classifier", ["ridge", "svm"])
def test_the_tested_labels_are_never_looked_at(classifier):
    features, shuffled = embeddings(20), LABELS.copy()
    shuffled[TESTED] = shuffled[TESTED][::-1]
    first = probe(features, LABELS, SUBJECTS, TESTED, classifier=classifier, seed=SEED)
    again = probe(features, shuffled, SUBJECTS, TESTED, classifier=classifier, seed=SEED)
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("classifier", ["ridge", "svm"])
def test_a_tested_clip_is_predicted_the_same_whoever_is_tested_beside_it(classifier):
    features, moved = embeddings(20), embeddings(20)
    others = np.flatnonzero(TESTED)[1:]
    moved[others] += 100
    first = probe(features, LABELS, SUBJECTS, TESTED, classifier=classifier, seed=SEED)
    again = probe(moved, LABELS, SUBJECTS, TESTED, classifier=classifier, seed=SEED)
    assert first[0] == again[0]


@pytest.mark.parametrize("classifier", ["ridge", "svm"])
def test_scale_shift_and_dead_dimensions_change_nothing(classifier):
    features = embeddings(20)
    other = np.concatenate([features * 7 - 40, np.full((72, 3), 5, np.float32)], axis=1)
    np.testing.assert_array_equal(
        probe(features, LABELS, SUBJECTS, TESTED, classifier=classifier, seed=SEED),
        probe(other, LABELS, SUBJECTS, TESTED, classifier=classifier, seed=SEED),
    )


def test_blocks_of_dimensions_add_up(monkeypatch):
    features = embeddings(200)
    whole = linear_probe._standardised_gram(features, ~TESTED)
    monkeypatch.setattr(linear_probe, "_BLOCK", 7)
    np.testing.assert_allclose(linear_probe._standardised_gram(features, ~TESTED), whole, atol=1e-5)


def test_a_constant_embedding_predicts_the_most_frequent_class():
    labels = LABELS.copy()
    labels[:40] = 4
    guess = probe(np.zeros((72, 1), np.float32), labels, SUBJECTS, TESTED, classifier="ridge", seed=SEED)
    assert set(guess) == {4}


def test_uniform_guesses_reach_every_class_and_depend_on_the_seed_alone():
    blind = np.zeros((72, 1), np.float32)
    tested = np.arange(72) < 60
    first = probe(blind, LABELS, SUBJECTS, tested, classifier="uniform", seed=(0, 0))
    assert set(first) == set(range(6))
    np.testing.assert_array_equal(first, probe(blind, LABELS, SUBJECTS, tested, classifier="uniform", seed=(0, 0)))
    assert not np.array_equal(first, probe(blind, LABELS, SUBJECTS, tested, classifier="uniform", seed=(0, 1)))


@pytest.mark.parametrize("classifier", ["ridge", "svm"])
def test_one_training_subject_leaves_nothing_to_choose_but_still_predicts(classifier):
    subjects = ["F001"] * 36 + ["F002"] * 36
    tested = np.arange(72) >= 36
    guess = probe(embeddings(20, noise=0.1), LABELS, subjects, tested, classifier=classifier, seed=SEED)
    np.testing.assert_array_equal(guess, LABELS[tested])
