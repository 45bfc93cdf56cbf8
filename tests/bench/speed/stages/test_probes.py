"""The peer of the probes is scikit-learn fitted anew, and a difference is not hidden."""

import numpy as np
import pytest

from bench.speed.peers import plain_probe
from bench.speed.peers.plain_probe import predict_plainly
from bench.speed.stages import probes


@pytest.mark.slow
def test_both_ways_give_the_same_classes_on_a_task_that_is_neither_trivial_nor_hopeless():
    features, sheet = probes._draw(20, 6, 32)
    (said,) = probes.predict_by_hat_matrix(features, [sheet])
    np.testing.assert_array_equal(said, predict_plainly(features, sheet))
    assert 0.3 < (said & sheet.targets).sum() / len(said) < 0.98


@pytest.mark.parametrize(("sound", "count"), [(True, 1), (False, 1), (True, 3)])
def test_equality_is_checked(sound, count, monkeypatch):
    monkeypatch.setattr(probes, "CASES", ((10, 6, 8, count),))
    monkeypatch.setattr(probes, "ROUNDS", 1)
    some = probes.RIDGE_PENALTIES[4:6]
    monkeypatch.setattr(plain_probe, "RIDGE_PENALTIES", some)
    monkeypatch.setattr(probes.Ridge, "settings", some)
    if not sound:
        monkeypatch.setattr(probes, "predict_plainly", lambda _, sheet: ~sheet.targets)
    (row,) = probes.time_probes(lambda *_: None)
    assert row.equal == sound
    assert row.ratio > 0
    assert row.case.endswith("10 folds" if count == 1 else "3 rounds of 10 folds")


def test_rounds_keep_the_clips_of_a_subject_together_and_deal_them_anew():
    _, sheet = probes._draw(20, 6, 8)
    assert probes._deal_anew(sheet, 0) is sheet
    dealt = [probes._deal_anew(sheet, number).folds for number in range(1, 4)]
    for folds in dealt:
        assert all(len(set(own)) == 1 for own in folds.reshape(20, 6))
        assert sorted(folds) == sorted(sheet.folds)
    assert len({folds.tobytes() for folds in dealt}) == 3
