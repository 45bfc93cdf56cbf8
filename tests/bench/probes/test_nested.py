"""Thresholds against every possible one, and which folds a choice is made by."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from bench.probes.nested import Sheet, best_threshold, predict


@pytest.mark.parametrize("seed", range(8))
def test_no_other_threshold_has_a_better_f1(seed):
    rng = np.random.default_rng(seed)
    scores, truth = rng.normal(size=40).round(1), rng.random(40) < 0.3
    threshold, f1 = best_threshold(scores, truth)
    assert f1_score(truth, scores > threshold) == pytest.approx(f1)
    others = [f1_score(truth, scores > cut) for cut in np.unique(scores) - 0.05]
    assert f1 == pytest.approx(max(others))


def test_without_positives_nothing_is_predicted():
    threshold, f1 = best_threshold(np.arange(3.0), np.zeros(3, bool))
    assert (threshold, f1) == (np.inf, 0.0)


def test_of_equal_thresholds_the_highest_is_taken():
    # One or both positives found without a mistake of the other kind: 2/3 at the top, 2/3 with two false alarms.
    threshold, f1 = best_threshold(np.array([4.0, 3.0, 2.0, 1.0]), np.array([True, False, False, True]))
    assert f1 == pytest.approx(2 / 3)
    assert threshold == 3.5


class Spy:
    """Remembers which folds were left out together; its second setting is the good one, at any scale of its scores."""

    settings = (1.0, 2.0)

    def __init__(self, sheet, inner):
        self.sheet, self.inner, self.asked = sheet, inner, []

    def score(self, settings, left_out, targets):
        assert not targets[left_out].any(), "labels of left-out clips were handed over"
        self.asked.append((tuple(settings), tuple(sorted(set(self.sheet.folds[left_out].tolist())))))
        truth = self.sheet.targets[left_out].astype(float)
        return np.stack([truth if setting == 1 else 1 - truth for setting in settings])


def sheet(folds=6):
    """Three clips a fold, in every fold other classes."""
    numbers = np.repeat(np.arange(folds), 3)
    labels = np.random.default_rng(0).integers(3, size=3 * folds)
    return Sheet(np.eye(3, dtype=bool)[labels], numbers, tuple(range(folds)), False)


@pytest.mark.parametrize(("inner", "pairs"), [(9, 15), (2, 6), (4, 12)])
def test_each_pair_of_folds_is_fitted_once_for_both_and_the_better_setting_is_chosen(inner, pairs):
    page = sheet()
    model = Spy(page, inner)
    np.testing.assert_array_equal(predict(model, page), page.targets)
    left_out = [folds for _, folds in model.asked if len(folds) == 2]
    assert len(left_out) == len(set(left_out)) == pairs
    assert [asked for asked in model.asked if len(asked[1]) == 1] == [((1,), (fold,)) for fold in range(6)]


def test_the_nearest_folds_choose():
    page = sheet()
    model = Spy(page, 2)
    predict(model, Sheet(page.targets, page.folds, (0,), False))
    assert [folds for _, folds in model.asked] == [(0, 1), (0, 5), (0,)]


def test_with_two_folds_the_middle_setting_is_taken():
    page = sheet(2)
    model = Spy(page, 9)
    predict(model, page)
    assert [settings for settings, _ in model.asked] == [(1,), (1,)]


def test_with_three_folds_the_other_two_choose():
    page = sheet(3)
    model = Spy(page, 9)
    np.testing.assert_array_equal(
        predict(model, Sheet(page.targets, page.folds, (1,), False)), page.targets & (page.folds == 1)[:, None]
    )
    assert [folds for _, folds in model.asked] == [(0, 1), (1, 2), (1,)]


def test_neighbours_are_those_of_the_folds_that_are_there_and_an_empty_one_is_passed_over():
    page = sheet()
    folds = np.array([0, 1, 4, 6, 8, 9])[page.folds]
    model = Spy(Sheet(page.targets, folds, (), False), 2)
    predict(model, Sheet(page.targets, folds, (3, 8), False))
    assert [left_out for _, left_out in model.asked] == [(6, 8), (8, 9), (8,)]


class Several:
    """Tells present (3) from absent (1), each class at one setting alone; at the others it says the opposite."""

    settings = (1.0, 2.0, 4.0)
    good, inner = (0, 2, 1, 0), 9

    def __init__(self, targets):
        self.targets = targets

    def score(self, settings, left_out, _targets):
        truth = self.targets[left_out]
        right = [[setting == best for best in self.good] for setting in settings]
        return np.stack([np.where(truth == row, 3.0, 1.0) for row in right])


def test_each_of_several_classes_has_its_own_setting_and_threshold():
    targets = np.random.default_rng(1).random((24, 4)) < 0.5
    page = Sheet(targets, np.repeat(np.arange(6), 4), tuple(range(6)), True)
    np.testing.assert_array_equal(predict(Several(targets), page), targets)


def test_with_two_folds_several_classes_are_cut_in_the_middle_of_zero_and_one():
    targets = np.random.default_rng(1).random((8, 4)) < 0.5
    model = Several(targets)
    model.score, score = lambda *given: score(*given) / 2 - 0.75, model.score  # 0.75 and -0.25
    said = predict(model, Sheet(targets, np.repeat([0, 1], 4), (1,), True))
    assert not said[:4].any()
    np.testing.assert_array_equal(said[4:], targets[4:] == [best == 1 for best in model.good])
