"""Scores of predictions against scikit-learn, for one round and several, one class a clip and several."""

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, recall_score

from bench.answer import Answer, Findings
from bench.statistics.scores import score, score_findings
from smile.data.face import EXPRESSIONS


def single(seed=0, subjects=9, times=1):
    rng = np.random.default_rng(seed)

    def guess(truth):
        return truth if rng.random() < 0.6 else str(rng.choice(EXPRESSIONS))

    return [
        Answer(f"S{s}/{truth}", f"S{s}", 0, (truth,), (guess(truth),), times)
        for s in range(subjects)
        for truth in EXPRESSIONS
    ]


def words(predictions, which):
    return [" ".join(getattr(one, which)) for one in predictions for _ in range(one.times)]


def test_scores_are_those_of_the_predictions():
    predictions = single()
    truth, predicted = words(predictions, "truth"), words(predictions, "predicted")
    found = score(predictions, seed=0)
    assert found["accuracy"].value == pytest.approx(accuracy_score(truth, predicted))
    assert found["macro_f1"].value == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert found["uar"].value == pytest.approx(balanced_accuracy_score(truth, predicted))
    assert found["accuracy"].low < found["accuracy"].value < found["accuracy"].high


def test_a_hundred_rounds_that_agree_are_one_round():
    assert score(single(times=100), seed=0) == score(single(), seed=0)


def test_the_accuracy_over_rounds_is_the_mean_of_theirs():
    rounds = [single(seed) for seed in range(4)]
    merged = [one for predictions in rounds for one in predictions]
    values = [score(predictions, seed=0)["accuracy"].value for predictions in rounds]
    assert score(merged, seed=0)["accuracy"].value == pytest.approx(np.mean(values))


def test_a_class_that_is_only_ever_predicted_counts_as_a_mistake():
    predictions = [Answer("a", "S1", 0, ("anger",), ("anger",)), Answer("b", "S2", 0, ("anger",), ("fear",))]
    found = score(predictions, seed=0)
    assert (found["accuracy"].value, found["uar"].value) == (0.5, 0.5)
    assert found["macro_f1"].value == pytest.approx(f1_score(["a", "a"], ["a", "f"], average="macro", zero_division=0))


CLASSES = ("negative", "others", "positive")


def several(seed=0, subjects=8):
    rng = np.random.default_rng(seed)
    found = []
    for number in range(subjects * 7):
        truth = rng.random(3) < 0.45
        truth[0] |= not truth.any()
        predicted = np.where(rng.random(3) < 0.7, truth, ~truth)
        joint = [tuple(name for name, yes in zip(CLASSES, row, strict=True) if yes) for row in (truth, predicted)]
        found.append(Answer(f"c{number}", f"S{number % subjects}", 0, *joint))
    return found


def matrix(predictions, which):
    return np.array([[name in one.split() for name in CLASSES] for one in words(predictions, which)])


def test_scores_of_several_classes_equal_scikit_learn():
    predictions = several()
    truth, predicted = matrix(predictions, "truth"), matrix(predictions, "predicted")
    assert () in {one.predicted for one in predictions}
    found = score(predictions, seed=0, multilabel=True)
    assert found["accuracy"].value == pytest.approx(accuracy_score(truth, predicted))
    assert found["macro_f1"].value == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert found["uar"].value == pytest.approx(recall_score(truth, predicted, average="macro"))
    assert found["macro_f1"].low < found["macro_f1"].value < found["macro_f1"].high


def test_a_class_that_is_never_predicted_and_the_order_of_the_answers():
    predictions = [Answer(f"{n}", f"S{n % 5}", 0, ("fear" if n % 3 else "anger",), ("anger",)) for n in range(20)]
    found = score(predictions, seed=0)
    assert (found["accuracy"].value, found["uar"].value) == (0.35, 0.5)
    assert found == score(predictions[::-1], seed=0)


def test_a_class_whose_name_is_part_of_another_is_its_own():
    one, part = ("negative surprise",), ("surprise",)
    predictions = [Answer("a", "S1", 0, one, part), Answer("b", "S2", 0, part, part)]
    found = score(predictions, seed=0, multilabel=True)
    assert (found["accuracy"].value, found["uar"].value) == (0.5, 0.5)


@pytest.mark.parametrize(("predictions", "multilabel"), [(single(), False), (several(), True)])
def test_an_answer_counts_as_often_as_it_was_given(predictions, multilabel):
    merged = [dataclasses.replace(one, times=1 + number % 3) for number, one in enumerate(predictions)]
    apart = [dataclasses.replace(one, times=1) for one in merged for _ in range(one.times)]
    assert score(merged, 0, multilabel) == score(apart, 0, multilabel) != score(predictions, 0, multilabel)


def test_who_says_everything_has_recall_and_little_else():
    predictions = [Answer(one.clip, one.subject, 0, one.truth, CLASSES) for one in several()]
    found = score(predictions, seed=0, multilabel=True)
    assert found["uar"].value == 1.0
    assert found["macro_f1"].value < 0.8
    assert found["accuracy"].value < 0.3


@pytest.mark.parametrize("times", [1, 3])
def test_right_and_wrong_alone_give_the_accuracy_of_all_confusions(times):
    runs = [Findings(tuple(single(seed, times=times))) for seed in (0, 1)]
    whole, alone = (score_findings(runs, 5, accuracy_alone=one) for one in (False, True))
    assert alone == {"accuracy": whole["accuracy"]}
