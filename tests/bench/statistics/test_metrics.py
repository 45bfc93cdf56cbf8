"""Scores against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score

from bench.statistics.metrics import METRICS, count_confusions, order_classes


@pytest.mark.parametrize("seed", range(5))
def test_scores_equal_scikit_learn_when_a_class_is_missing_or_never_predicted(seed):
    rng = np.random.default_rng(seed)
    truth, predicted = rng.choice([0, 1, 2, 4], size=50), rng.choice([0, 1, 3, 4], size=50)
    predicted[:20] = truth[:20]
    confusion = count_confusions(truth, predicted, 6)
    np.testing.assert_array_equal(confusion, confusion_matrix(truth, predicted, labels=range(6)))
    assert METRICS["accuracy"](confusion) == pytest.approx(accuracy_score(truth, predicted))
    assert METRICS["macro_f1"](confusion) == pytest.approx(f1_score(truth, predicted, average="macro", zero_division=0))
    recall = recall_score(truth, predicted, labels=sorted(set(truth)), average="macro")
    assert METRICS["uar"](confusion) == pytest.approx(recall)


@pytest.mark.parametrize("name", METRICS)
def test_many_matrices_are_scored_as_one_by_one(name):
    confusions = np.random.default_rng(0).integers(4, size=(3, 5, 6, 6)).astype(float)
    one_by_one = [[METRICS[name](matrix) for matrix in row] for row in confusions]
    np.testing.assert_allclose(METRICS[name](confusions), one_by_one)


def test_classes_come_in_the_order_of_every_table():
    assert order_classes(["surprise", "pain", "anger", "embarrassment", "anger"]) == (
        "anger",
        "surprise",
        "embarrassment",
        "pain",
    )
