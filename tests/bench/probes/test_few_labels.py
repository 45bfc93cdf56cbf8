"""Few labels against scikit-learn refits, draws that stay, and labels of tested subjects that reach nothing."""

import dataclasses

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.preprocessing import StandardScaler

from bench.audit.overlap import Leak
from bench.probes import few_labels
from bench.probes.few_labels import COUNTS, DRAWS, draw_labelled, probe_few_labels
from bench.probes.linear_probe import probe_linearly
from bench.probes.ridge import RIDGE_PENALTIES
from bench.statistics.metrics import count_confusions, uar
from smile.digests import digest
from tests.bench.probes.exams import CLASSES, accuracy, make_exam


def refit(embeddings, labels, subjects, labelled):
    """Chooses by refitting without each labelled subject, then fits on all of them, with scikit-learn alone."""
    scaled = StandardScaler().fit(embeddings[::2].astype(np.float64)).transform(embeddings.astype(np.float64))
    taught, scores = np.isin(subjects, labelled), []

    def fit(penalty, rows, asked):
        model = RidgeClassifier(alpha=penalty * embeddings.shape[1]).fit(scaled[rows], labels[rows])
        return model.predict(scaled[asked])

    for penalty in RIDGE_PENALTIES:
        guess = np.zeros_like(labels)
        for name in labelled:
            guess[subjects == name] = fit(penalty, taught & (subjects != name), subjects == name)
        scores.append(float(uar(count_confusions(labels[taught], guess[taught], 6))))
    assert 0.2 < max(scores) < 1, "the task must neither be trivial nor hopeless, or the choice is not tested"
    return fit(RIDGE_PENALTIES[int(np.argmax(scores))], taught, ~taught)


@pytest.mark.parametrize("count", [2, 5])
def test_counts_equal_those_of_scikit_learn_refitted_without_each_labelled_subject(count):
    exam, embeddings = make_exam(noise=3.0)
    labels, subjects = exam.targets.argmax(1), np.array([clip.subject for clip in exam.clips])
    right = {}
    for order in exam.draws[:2]:
        guess = refit(embeddings, labels, subjects, order[:count])
        asked = ~np.isin(subjects, order[:count])
        for name, hit in zip(subjects[asked], guess == labels[asked], strict=True):
            right[str(name)] = right.get(str(name), 0.0) + hit
    found = probe_few_labels(dataclasses.replace(exam, draws=exam.draws[:2]))
    (tally,) = [one for one in found.tallies if one.labelled == count]
    assert dict(tally.right) == right


def test_draws_are_frozen_and_smaller_ones_lie_within_larger_ones():
    names = [f"F{number:03d}" for number in range(30)]
    draws = draw_labelled(names[::-1])
    assert len(set(draws)) == DRAWS >= 30
    assert digest(draws) == "0c7a4c2a6b34aeae"
    assert draws == draw_labelled(names), "the order in which subjects are found changes nothing"


def test_there_is_a_point_for_each_count_up_to_half_of_the_subjects_and_one_for_all():
    exam, _ = make_exam()
    found = probe_few_labels(exam)
    assert [(one.metric, one.labelled) for one in found.tallies] == [
        *((f"accuracy@{count}", count) for count in COUNTS if count <= 6),
        ("accuracy@all", 10),
    ]
    assert accuracy(found)["accuracy@all"] == accuracy(probe_linearly(exam))["accuracy"]
    for tally in found.tallies[:-1]:
        assert sum(tally.asked.values()) == DRAWS * 12 * (12 - tally.labelled)


def test_more_labelled_subjects_help_and_chance_stays_chance():
    measured = accuracy(probe_few_labels(make_exam(noise=3.0)[0]))
    assert measured["accuracy@1"] < measured["accuracy@5"] < measured["accuracy@all"]
    blind = accuracy(probe_few_labels(make_exam(classifier="uniform")[0]))
    assert all(value == pytest.approx(1 / 6, abs=0.06) for value in blind.values())


def test_labels_of_tested_subjects_reach_no_fit():
    exam, _ = make_exam(noise=3.0)
    draw = dataclasses.replace(exam, draws=exam.draws[:1])
    subjects = np.array([clip.subject for clip in exam.clips])
    rows = np.flatnonzero(np.isin(subjects, exam.draws[0][:2]))
    wrong = exam.targets.copy()
    tested = ~np.isin(subjects, exam.draws[0][:2])
    wrong[tested] = CLASSES[0]
    first, second = (
        few_labels.teach(one, rows, np.repeat([0, 1], 12), exam.kernel.shown[:, rows])
        for one in (draw, dataclasses.replace(draw, targets=wrong))
    )
    np.testing.assert_array_equal(first, second)


def test_a_planted_leak_of_a_tested_subject_among_the_labelled_is_refused(monkeypatch):
    exam, _ = make_exam()
    monkeypatch.setattr(few_labels, "_find_asked", lambda _exam, subjects, _labelled: np.arange(len(subjects)))
    with pytest.raises(Leak, match="seen in the labelled subjects"):
        probe_few_labels(exam)


def test_subjects_that_are_not_drawn_from_are_all_tested():
    exam, _ = make_exam()
    found = probe_few_labels(dataclasses.replace(exam, draws=draw_labelled(["S00", "S01", "S02", "S03"])))
    assert [one.metric for one in found.tallies] == ["accuracy@1", "accuracy@2", "accuracy@all"]
    assert {found.tallies[0].asked[name] for name in ("S04", "S11")} == {DRAWS * 12.0}


def test_svm_and_several_classes_are_taught_by_few_labels_too():
    svm = dataclasses.replace(make_exam(noise=1.0, classifier="svm")[0], draws=draw_labelled(["S00", "S01"])[:2])
    assert accuracy(probe_few_labels(svm))["accuracy@1"] > 0.3
    exam, _ = make_exam(noise=0.3)
    both = exam.targets | np.roll(exam.targets, 1, axis=1)
    found = accuracy(probe_few_labels(dataclasses.replace(exam, targets=both, multilabel=True, draws=exam.draws[:4])))
    assert found["accuracy@5"] > 0.7
