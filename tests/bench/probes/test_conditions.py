"""Every probe is taught by clean clips and asked about changed ones, and shuffled labels leave nothing but chance."""

import dataclasses

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.svm import SVC

from bench.probes import PROBES
from bench.probes.kernel import Memory, make_kernel, show_otherwise
from bench.probes.linear_probe import probe
from bench.probes.ridge import RIDGE_PENALTIES, Ridge
from bench.probes.svm import SVM_COSTS, Machines
from tests.bench.probes.exams import CLASSES, accuracy, make_exam

TAUGHT = ("linear_probe", "few_labels", "nearest")


def test_changed_clips_get_the_scores_of_a_refit_at_every_setting():
    rng = np.random.default_rng(0)
    clean, changed = rng.normal(size=(60, 20)), rng.normal(size=(9, 20))
    labels, left = rng.integers(6, size=60), np.arange(7, 19)
    targets, kept = CLASSES[labels].astype(float), np.setdiff1d(np.arange(60), left)
    targets[left] = 0.0
    scores = Ridge(clean @ clean.T).ask(range(len(RIDGE_PENALTIES)), left, targets, changed @ clean.T)
    for found, penalty in zip(scores, RIDGE_PENALTIES, strict=True):
        refit = RidgeClassifier(alpha=penalty).fit(clean[kept], labels[kept])
        np.testing.assert_allclose(2 * found - 1, refit.decision_function(changed), atol=1e-6)
    votes = Machines(clean @ clean.T, multilabel=False).ask([1], left, targets, changed @ clean.T)[0]
    machine = SVC(C=SVM_COSTS[1], kernel="linear").fit(clean[kept], labels[kept])
    np.testing.assert_array_equal(votes.argmax(1), machine.predict(changed))


@pytest.mark.parametrize("classifier", ["ridge", "svm"])
def test_clips_that_a_condition_leaves_as_they_are_get_the_same_answers(classifier):
    clean, _ = make_exam(noise=3.0, classifier=classifier)
    same, _ = make_exam(noise=3.0, shown=lambda embeddings: embeddings, classifier=classifier)
    assert same.kernel.shown is not same.kernel.clean
    np.testing.assert_array_equal(probe(clean), probe(same))


@pytest.mark.parametrize("name", TAUGHT)
def test_a_condition_that_hides_everything_leaves_chance(name):
    exam, _ = make_exam(noise=0.5, shown=lambda clean: np.random.default_rng(1).normal(size=clean.shape).astype("f4"))
    assert accuracy(PROBES[name].measure(exam)) != {}
    assert all(0 < value < 0.35 for value in accuracy(PROBES[name].measure(exam)).values())
    assert min(accuracy(PROBES[name].measure(make_exam(noise=0.5)[0])).values()) > 0.8


@pytest.mark.parametrize("name", [*TAUGHT, "identity"])
def test_a_clip_that_cannot_be_shown_teaches_and_is_not_tested(name):
    hidden = np.arange(144) % 9 == 0
    exam, _ = make_exam(hidden=hidden)
    found = PROBES[name].measure(exam)
    gone = {exam.clips[row].id for row in np.flatnonzero(hidden)}
    assert not gone & {one.clip for one in found.answers}
    asked = len(found.answers) or sum(found.tallies[-1].asked.values())
    assert asked == 144 - hidden.sum()


@pytest.mark.parametrize("name", TAUGHT)
def test_shuffled_labels_leave_every_number_within_two_standard_errors_of_chance(name):
    values = []
    for seed in range(6):
        # Within each subject: shuffled over all, a class that is tested would be rarer among those that teach.
        labels = np.random.default_rng(seed).permuted(np.tile(np.arange(6), (12, 2)), axis=1).ravel()
        exam, _ = make_exam(noise=1.0, seed=seed, labels=labels)
        exam = dataclasses.replace(exam, draws=exam.draws[:8])
        values.append(accuracy(PROBES[name].measure(exam)))
    for metric in values[0]:
        found = np.array([one[metric] for one in values])
        assert abs(found.mean() - 1 / 6) < 2 * np.sqrt(1 / 6 * 5 / 6 / (144 * 6)), metric


@pytest.mark.parametrize("name", ["linear_probe", "nearest"])
def test_labels_of_tested_subjects_reach_no_answer_about_them(name):
    exam, embeddings = make_exam(noise=3.0)
    part = dataclasses.replace(exam.rounds[0], tested=(2,))
    wrong = exam.targets.copy()
    wrong[part.folds == 2] = CLASSES[0]
    first, second = (
        [one.predicted for one in PROBES[name].measure(dataclasses.replace(exam, targets=t, rounds=(part,))).answers]
        for t in (exam.targets, wrong)
    )
    assert first == second
    # The leak that this would find: labels of the tested clips inside the embedding.
    told = np.concatenate([embeddings, 90 * wrong], axis=1).astype(np.float32)
    leaky = dataclasses.replace(exam, rounds=(part,), kernel=make_kernel(told, told))
    assert [one.predicted for one in PROBES[name].measure(leaky).answers] != first


def test_what_was_computed_for_clean_clips_serves_conditions_and_no_other_labels():
    exam, embeddings = make_exam(noise=3.0)
    rows = np.arange(144)
    changed = show_otherwise(exam.kernel, np.roll(embeddings, 3, axis=1), rows, embeddings, embeddings[::2])
    first = probe(exam)
    fresh = dataclasses.replace(changed, memory=Memory())
    kept, anew = (probe(dataclasses.replace(exam, kernel=kernel)) for kernel in (changed, fresh))
    np.testing.assert_array_equal(kept, anew)
    assert changed.memory is exam.kernel.memory and len(changed.memory.choices) == 1
    assert not np.array_equal(first, kept)
    moved = dataclasses.replace(exam, targets=np.roll(exam.targets, 5, axis=0))
    again = dataclasses.replace(moved, kernel=make_kernel(embeddings, embeddings[::2]))
    np.testing.assert_array_equal(probe(moved), probe(again))
