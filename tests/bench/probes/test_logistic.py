"""A logistic regression is scikit-learn's optimum for every fold, and no tested label chooses its penalty."""

import dataclasses

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from bench.probes.linear_probe import CLASSIFIERS
from bench.probes.logistic import TOGETHER, Logistic
from bench.probes.logistic_probe import LOGISTIC_PENALTIES, probe_logistically
from bench.probes.probe import Round
from bench.statistics.metrics import count_confusions, uar
from tests.bench.probes.exams import accuracy, make_exam


def draw(clips=90, width=12, classes=4, seed=0, several=False):
    """Features with a moderate signal, inner products as a kernel has them, and classes."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=clips)
    features = rng.normal(size=(classes, width))[truth] + 1.5 * rng.normal(size=(clips, width)) + 0.3
    targets = np.eye(classes, dtype=bool)[truth]
    if several:
        targets |= rng.random(targets.shape) < 0.2
    return features, features @ features.T / width, targets, np.arange(clips) % 9


def fit_plainly(features, classes, taught, penalty):
    """The optimum by Newton's method of scikit-learn; its C is over features that are not divided by the width."""
    scaled = features / np.sqrt(features.shape[1])
    model = LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    return model.fit(scaled[taught], classes[taught]).predict_proba(scaled)


@pytest.mark.parametrize("penalty", LOGISTIC_PENALTIES)
@pytest.mark.parametrize(
    ("width", "asked"), [(12, range(9)), pytest.param(200, (0, 4, 8), marks=pytest.mark.slow)], ids=["narrow", "wide"]
)
def test_every_fold_has_the_optimum_of_scikit_learn(width, asked, penalty):
    features, gram, targets, folds = draw(width=width)
    model, taught = Logistic(gram, targets, False), folds[:, None] != np.arange(9)
    told = model.tell(model.fit(taught, np.full(9, penalty)), model.points)
    for fold in asked:
        expected = fit_plainly(features, targets.argmax(1), folds != fold, penalty)
        np.testing.assert_allclose(told[fold], expected, atol=1e-6)


@pytest.mark.parametrize("penalty", LOGISTIC_PENALTIES)
def test_where_clips_show_several_classes_each_has_a_regression_of_its_own(penalty):
    features, gram, targets, folds = draw(several=True)
    model, taught = Logistic(gram, targets, True), folds[:, None] != np.arange(9)
    told = model.tell(model.fit(taught, np.full(9, penalty)), model.points)
    for fold, k in ((0, 0), (3, 1), (8, 3)):
        expected = fit_plainly(features, targets[:, k], folds != fold, penalty)
        np.testing.assert_allclose(told[fold, :, k], expected[:, 1], atol=1e-6)


def test_a_class_that_teaches_nobody_is_never_told_and_one_that_all_show_always_is():
    features, gram, targets, _ = draw()
    taught = ~targets[:, :1]
    model = Logistic(gram, targets, False)
    told = model.tell(model.fit(taught, np.ones(1)), model.points)[0]
    assert not told[:, 0].any()
    expected = fit_plainly(features, targets.argmax(1), taught[:, 0], 1.0)
    np.testing.assert_allclose(told[:, 1:], expected, atol=1e-6)
    several = Logistic(gram, targets | (np.arange(4) == 2), True)
    told = several.tell(several.fit(taught, np.ones(1)), several.points)[0]
    assert (told[:, 0] == 0).all() and (told[:, 2] == 1).all() and 0 < told[:, 1].min() < told[:, 1].max() < 1


def test_a_start_and_the_company_of_other_fits_change_nothing_that_counts():
    _, gram, targets, folds = draw()
    model, taught = Logistic(gram, targets, False), folds[:, None] != np.arange(9)
    many = np.tile(taught, 4)
    assert many.shape[1] > TOGETHER
    penalties = np.repeat(LOGISTIC_PENALTIES, 9)
    told = model.tell(model.fit(many, penalties), model.points)
    near = model.fit(many, penalties[::-1])
    again = model.tell(model.fit(many, penalties, near.weights), model.points)
    np.testing.assert_allclose(told, again, atol=1e-6)
    alone = model.tell(model.fit(many[:, 30:31], penalties[30:31]), model.points)
    np.testing.assert_allclose(told[30:31], alone, atol=1e-6)


def test_clips_that_are_placed_by_their_inner_products_are_told_as_if_they_had_been_there():
    features, gram, targets, folds = draw()
    model = Logistic(gram[:60, :60], targets[:60], False)
    fits = model.fit((folds[:60] != 2)[:, None], np.ones(1))
    np.testing.assert_allclose(model.place(gram[:60, :60]), model.points, atol=1e-9)
    told = model.tell(fits, model.place(gram[60:, :60]))[0]
    expected = fit_plainly(features, targets.argmax(1), (folds != 2) & (np.arange(90) < 60), 1.0)
    np.testing.assert_allclose(told, expected[60:], atol=1e-6)


def probe_plainly(exam, features):
    """The same probe in loops: a model for each tested fold, each of four folds beside it, and each penalty."""
    folds, classes = exam.rounds[0].folds, exam.targets.argmax(1)
    said, count = np.zeros(len(folds), dtype=int), len(np.unique(folds))
    for fold in exam.rounds[0].tested:
        inner = [(fold + step) % count for step in (-2, -1, 1, 2)]
        scores = []
        for penalty in LOGISTIC_PENALTIES:
            guess = [(o, fit_plainly(features, classes, ~np.isin(folds, (fold, o)), penalty).argmax(1)) for o in inner]
            truth = np.concatenate([classes[folds == o] for o in inner])
            scores.append(uar(count_confusions(truth, np.concatenate([g[folds == o] for o, g in guess]), 6)))
        best = LOGISTIC_PENALTIES[int(np.argmax(scores))]
        said[folds == fold] = fit_plainly(features, classes, folds != fold, best).argmax(1)[folds == fold]
    return said


def test_the_probe_is_the_nested_choice_in_loops():
    exam, embeddings = make_exam(noise=3.0)
    reference = embeddings[::2].astype(np.float64)
    features = (embeddings - reference.mean(0)) / reference.std(0)
    found = {one.clip: exam.classes.index(one.predicted[0]) for one in probe_logistically(exam).answers}
    assert [found[clip.id] for clip in exam.clips] == probe_plainly(exam, features).tolist()
    assert 0.3 < accuracy(probe_logistically(exam))["accuracy"] < 0.99


def test_no_tested_label_is_read():
    exam, _ = make_exam()
    part = Round(exam.rounds[0].folds, (2,))
    mixed = exam.targets.copy()
    mixed[part.folds == 2] = np.roll(mixed[part.folds == 2], 1, axis=1)
    told = [
        [(one.clip, one.predicted) for one in probe_logistically(dataclasses.replace(exam, **now)).answers]
        for now in ({"rounds": (part,)}, {"rounds": (part,), "targets": mixed})
    ]
    assert told[0] == told[1]


def test_conditions_change_what_is_tested_and_not_what_teaches():
    clean, _ = make_exam()
    same, _ = make_exam(shown=lambda embeddings: embeddings)
    worse, _ = make_exam(shown=lambda embeddings: embeddings + 9 * np.random.default_rng(1).normal(size=(144, 30)))
    assert probe_logistically(same) == probe_logistically(clean)
    assert accuracy(probe_logistically(worse))["accuracy"] < accuracy(probe_logistically(clean))["accuracy"] - 0.2


def test_several_classes_get_thresholds_and_floors_stay_floors():
    exam, _ = make_exam(noise=0.5)
    several = dataclasses.replace(exam, multilabel=True, targets=exam.targets | np.roll(exam.targets, 1, axis=1))
    told = probe_logistically(several).answers
    assert np.mean([set(one.predicted) == {*one.truth} or len(one.predicted) == 2 for one in told]) > 0.8
    chance = dataclasses.replace(exam, classifier="uniform")
    said = np.array([one.predicted[0] for one in probe_logistically(chance).answers])
    expected = CLASSIFIERS["uniform"](chance)[0]
    assert sorted(said) == sorted(np.array(exam.classes)[expected.argmax(1)])
    blind = dataclasses.replace(exam, kernel=dataclasses.replace(exam.kernel, clean=np.zeros((144, 144))))
    blind = dataclasses.replace(blind, kernel=dataclasses.replace(blind.kernel, shown=blind.kernel.clean))
    assert len({one.predicted for one in probe_logistically(blind).answers}) == 1
