"""The peer of the probes is scikit-learn fitted anew, and a difference is not hidden."""

import numpy as np
import pytest

from bench.speed.peers import plain_probe
from bench.speed.peers.plain_probe import predict_plainly
from bench.speed.stages import probes


def test_both_ways_give_the_same_classes_on_a_task_that_is_neither_trivial_nor_hopeless():
    features, sheet = probes._draw(20, 6, 32)
    said = probes.predict_by_hat_matrix(features, sheet)
    np.testing.assert_array_equal(said, predict_plainly(features, sheet))
    assert 0.3 < (said & sheet.targets).sum() / len(said) < 0.98


@pytest.mark.parametrize("sound", [True, False])
def test_equality_is_checked(sound, monkeypatch):
    monkeypatch.setattr(probes, "CASES", ((10, 6, 8),))
    monkeypatch.setattr(probes, "ROUNDS", 1)
    some = probes.RIDGE_PENALTIES[4:6]
    monkeypatch.setattr(plain_probe, "RIDGE_PENALTIES", some)
    monkeypatch.setattr(probes.Ridge, "settings", some)
    if not sound:
        monkeypatch.setattr(probes, "predict_plainly", lambda _, sheet: ~sheet.targets)
    (row,) = probes.time_probes(lambda *_: None)
    assert row.equal == sound
    assert row.ratio > 0
