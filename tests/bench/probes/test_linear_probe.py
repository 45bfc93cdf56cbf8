"""The probe against scikit-learn fitted the long way round, and what it must not look at."""

import dataclasses

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from bench.probes import kernel
from bench.probes.kernel import make_kernel
from bench.probes.linear_probe import CLASSIFIERS, probe
from bench.probes.probe import Exam, Round
from bench.probes.ridge import RIDGE_PENALTIES, Ridge
from bench.probes.svm import SVM_COSTS
from bench.statistics.metrics import count_confusions, uar

FOLDS = np.repeat([0, 1, 2, 3, 4, 5], 12)  # two subjects a fold, six clips each
LABELS = np.tile(np.arange(6), 12)
CLASSES = np.eye(6, dtype=bool)


def features(dimensions, noise=2.0, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(6, dimensions))
    spread = rng.uniform(0.1, 10, size=dimensions)
    return ((centres[LABELS] + noise * rng.normal(size=(72, dimensions))) * spread + 3).astype(np.float32)


def exam_of(embeddings, tested=(1,), folds=FOLDS, labels=LABELS, reference=None, **changes):
    values = {
        "kernel": make_kernel(embeddings, embeddings[::2] if reference is None else reference),
        "targets": CLASSES[labels],
        "multilabel": False,
        "rounds": (Round(folds, tuple(tested)),),
        "classifier": "ridge",
        "seed": 0,
    }
    return Exam(**{**values, **changes})


def answer(*arguments, **changes):
    """Class numbers of the tested clips of the first round."""
    exam = exam_of(*arguments, **changes)
    (said, *_) = probe(exam)
    tested = np.isin(exam.rounds[0].folds, exam.rounds[0].tested)
    assert (said[tested].sum(1) == 1).all()
    assert not said[~tested].any()
    return said[tested].argmax(1)


def fit_directly(embeddings, fold, make, grid, inner):
    """Chooses by refitting without each inner fold in turn, then fits on all training rows."""
    scaled = StandardScaler().fit(embeddings[::2].astype(np.float64)).transform(embeddings.astype(np.float64))
    training, scores = fold != FOLDS, []
    rows = np.isin(FOLDS, inner)
    for setting in grid:
        guess = np.zeros_like(LABELS)
        for other in inner:
            kept, out = training & (other != FOLDS), other == FOLDS
            guess[out] = make(setting, embeddings.shape[1]).fit(scaled[kept], LABELS[kept]).predict(scaled[out])
        scores.append(float(uar(count_confusions(LABELS[rows], guess[rows], 6))))
    best = grid[int(np.argmax(scores))]
    fitted = make(best, embeddings.shape[1]).fit(scaled[training], LABELS[training])
    return fitted.predict(scaled[~training]), scores


@pytest.mark.slow
@pytest.mark.parametrize("dimensions", [8, 200])
@pytest.mark.parametrize("fold", [1, 5])
def test_ridge_equals_scikit_learn_with_every_inner_fold_refitted(dimensions, fold):
    embeddings = features(dimensions, noise=dimensions**0.5 / 2, seed=fold)
    inner = [other for other in range(6) if other != fold]
    expected, scores = fit_directly(embeddings, fold, lambda a, d: RidgeClassifier(alpha=a * d), RIDGE_PENALTIES, inner)
    assert 0.25 < max(scores) < 1, "the task must neither be trivial nor hopeless, or the choice is not tested"
    np.testing.assert_array_equal(answer(embeddings, (fold,)), expected)


@pytest.mark.parametrize("dimensions", [8, 200])
def test_svm_equals_scikit_learn_with_its_four_nearest_folds_refitted(dimensions):
    embeddings = features(dimensions, noise=dimensions**0.5 / 2)
    make = lambda c, d: SVC(C=c / d, kernel="linear")  # noqa: E731
    expected, _ = fit_directly(embeddings, 1, make, SVM_COSTS, [0, 2, 3, 5])
    np.testing.assert_array_equal(answer(embeddings, classifier="svm"), expected)


def test_the_left_out_predictions_are_those_of_a_refit_at_every_penalty():
    scaled = StandardScaler().fit_transform(features(30).astype(np.float64)) + 5.0
    rows, kept = np.arange(12), np.arange(12, 72)
    targets = CLASSES[LABELS].astype(float)
    targets[rows] = 0.0
    held = Ridge(scaled @ scaled.T / 30).score(range(len(RIDGE_PENALTIES)), rows, targets)
    for scores, penalty in zip(held, RIDGE_PENALTIES, strict=True):
        refit = RidgeClassifier(alpha=penalty * 30).fit(scaled[kept], LABELS[kept])
        # scikit-learn's targets are -1 and 1
        np.testing.assert_allclose(2 * scores - 1, refit.decision_function(scaled[rows]), atol=1e-6)


def test_every_fold_of_a_round_is_answered_as_if_it_were_the_only_one():
    embeddings = features(20)
    together = answer(embeddings, range(6))
    np.testing.assert_array_equal(together, np.concatenate([answer(embeddings, (fold,)) for fold in range(6)]))


@pytest.mark.parametrize("classifier", ["ridge", "svm"])
def test_rounds_over_the_same_or_other_clips_are_answered_one_by_one(classifier):
    embeddings, rng = features(20), np.random.default_rng(0)
    dealt = [np.repeat(rng.permutation(6), 12) for _ in range(3)]
    dealt[1] = np.where(np.arange(72) < 12, -1, dealt[1])
    rounds = tuple(Round(folds, (0, 1, 2, 3, 4, 5)) for folds in dealt)
    together = probe(exam_of(embeddings, rounds=rounds, classifier=classifier))
    for part, said in zip(rounds, together, strict=True):
        (alone,) = probe(exam_of(embeddings, rounds=(part,), classifier=classifier))
        np.testing.assert_array_equal(said, alone)
    assert not together[1][:12].any()


@pytest.mark.parametrize("classifier", ["ridge", "svm"])
def test_the_tested_labels_are_never_looked_at(classifier):
    embeddings, shuffled = features(20), LABELS.copy()
    shuffled[FOLDS == 1] = 0
    first = answer(embeddings, classifier=classifier)
    np.testing.assert_array_equal(first, answer(embeddings, labels=shuffled, classifier=classifier))


@pytest.mark.parametrize("classifier", ["ridge", "svm"])
def test_a_tested_clip_is_predicted_the_same_whoever_is_tested_beside_it(classifier):
    embeddings, moved = features(20), features(20)
    moved[np.flatnonzero(FOLDS == 1)[1:]] += 100
    reference = features(20, seed=3)
    first = answer(embeddings, reference=reference, classifier=classifier)
    assert first[0] == answer(moved, reference=reference, classifier=classifier)[0]


@pytest.mark.parametrize("classifier", ["ridge", "svm"])
def test_scale_shift_and_dead_dimensions_change_nothing(classifier):
    embeddings = features(20)
    other = np.concatenate([embeddings * 7 - 40, np.full((72, 3), 5, np.float32)], axis=1)
    np.testing.assert_array_equal(answer(embeddings, classifier=classifier), answer(other, classifier=classifier))


def test_blocks_of_dimensions_add_up(monkeypatch):
    embeddings = features(200)
    whole = kernel.standardised_gram(embeddings, embeddings[::2])
    monkeypatch.setattr(kernel, "_BLOCK", 7)
    np.testing.assert_allclose(kernel.standardised_gram(embeddings, embeddings[::2]), whole, atol=1e-5)


def test_a_constant_embedding_predicts_the_most_frequent_class():
    labels = LABELS.copy()
    labels[:40] = 4
    assert set(answer(np.zeros((72, 1), np.float32), labels=labels)) == {4}


def test_uniform_guesses_reach_every_class_and_depend_on_the_seed_and_the_round_alone():
    blind = np.zeros((72, 1), np.float32)
    folds = np.where(np.arange(72) < 60, 0, 1)
    first = answer(blind, (0,), folds, classifier="uniform")
    assert set(first) == set(range(6))
    np.testing.assert_array_equal(first, answer(features(3), (0,), folds, classifier="uniform"))
    assert not np.array_equal(first, answer(blind, (0,), folds, classifier="uniform", seed=1))
    twice = probe(exam_of(blind, rounds=(Round(folds, (0,)),) * 2, classifier="uniform"))
    assert not np.array_equal(*twice)


@pytest.mark.parametrize("classifier", ["ridge", "svm"])
def test_two_folds_leave_nothing_to_choose_but_still_predict(classifier):
    folds = np.repeat([0, 1], 36)
    guess = answer(features(20, noise=0.1), (1,), folds, classifier=classifier)
    np.testing.assert_array_equal(guess, LABELS[folds == 1])


def several(seed=0):
    """72 clips with up to three of four classes, one of them rare, each a direction of the embedding."""
    rng = np.random.default_rng(seed)
    targets = rng.random((72, 4)) < (0.4, 0.5, 0.3, 0.08)
    embeddings = targets @ rng.normal(size=(4, 12)) + 0.3 * rng.normal(size=(72, 12))
    return embeddings.astype(np.float32), targets


@pytest.mark.parametrize("classifier", ["ridge", "svm"])
def test_several_classes_a_clip_are_found_and_their_own_labels_not_looked_at(classifier):
    embeddings, targets = several()
    exam = exam_of(embeddings, range(6), targets=targets, multilabel=True, classifier=classifier)
    (said,) = probe(exam)
    assert (said == targets).mean() > 0.85
    wrong = targets.copy()
    wrong[FOLDS == 2] = ~wrong[FOLDS == 2]
    (again,) = probe(dataclasses.replace(exam, targets=wrong))
    np.testing.assert_array_equal(said[FOLDS == 2], again[FOLDS == 2])


def test_a_class_that_nobody_taught_is_never_predicted_and_chance_tosses_a_coin_a_class():
    embeddings, targets = several()
    targets[:, 3] = False
    for classifier in ("ridge", "svm"):
        (said,) = probe(exam_of(embeddings, range(6), targets=targets, multilabel=True, classifier=classifier))
        assert not said[:, 3].any()
    (coins,) = probe(exam_of(embeddings, range(6), targets=targets, multilabel=True, classifier="uniform"))
    assert 0.35 < coins.mean() < 0.65
    assert len(np.unique(coins, axis=0)) > 8


def test_two_folds_of_several_classes_leave_nothing_to_choose_but_still_predict():
    embeddings, targets = several()
    folds = np.repeat([0, 1], 36)
    (said,) = probe(exam_of(embeddings, (1,), folds, targets=targets, multilabel=True))
    assert (said == targets)[folds == 1].mean() > 0.8


def test_every_classifier_is_known_to_some_test():
    assert set(CLASSIFIERS) == {"ridge", "svm", "uniform"}
