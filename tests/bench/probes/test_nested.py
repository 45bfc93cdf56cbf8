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
    """Remembers which folds were left out together; its second setting is the good one."""

    settings = (1.0, 2.0)

    def __init__(self, sheet, inner):
        self.sheet, self.inner, self.asked = sheet, inner, []

    def score(self, settings, left_out, targets):
        assert not targets[left_out].any(), "labels of left-out clips were handed over"
        self.asked.append((tuple(settings), tuple(sorted(set(self.sheet.folds[left_out].tolist())))))
        truth = self.sheet.targets[left_out].astype(float)
        return np.stack([truth if setting == 1 else 1 - truth for setting in settings])


def sheet(folds=6):
    numbers = np.repeat(np.arange(folds), 3)
    return Sheet(np.eye(3, dtype=bool)[np.tile([0, 1, 2], folds)], numbers, tuple(range(folds)), False)


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
