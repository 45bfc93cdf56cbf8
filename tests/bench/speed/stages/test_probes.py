"""The peer of the probes is scikit-learn fitted anew, and a difference is not hidden."""

import re

import numpy as np
import pytest

from bench.probes import logistic_probe
from bench.speed.peers import plain_probe
from bench.speed.peers.plain_probe import predict_plainly
from bench.speed.stages import probes, probes_together


@pytest.mark.slow
def test_both_ways_give_the_same_classes_on_a_task_that_is_neither_trivial_nor_hopeless():
    features, sheet = probes._draw(20, 6, 32)
    (said,) = probes.predict_by_hat_matrix(features, [sheet])
    np.testing.assert_array_equal(said, predict_plainly(features, sheet))
    assert 0.3 < (said & sheet.targets).sum() / len(said) < 0.98


@pytest.mark.slow
@pytest.mark.parametrize(("sound", "count"), [(True, 1), (False, 1), (True, 3)])
def test_equality_is_checked(sound, count, monkeypatch):
    monkeypatch.setattr(probes, "CASES", ((10, 6, 8, count),))
    monkeypatch.setattr(probes, "ROUNDS", 1)
    some = probes.RIDGE_PENALTIES[4:6]
    monkeypatch.setattr(plain_probe, "RIDGE_PENALTIES", some)
    monkeypatch.setattr(probes.Ridge, "settings", some)
    if not sound:
        monkeypatch.setattr(probes, "predict_plainly", lambda _, sheet: ~sheet.targets)
    row = probes._time_case(*probes.CASES[0])
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


@pytest.fixture
def few_penalties(monkeypatch):
    """Two penalties of each probe, in our way and in scikit-learn's."""
    ridge, logistic = probes.RIDGE_PENALTIES[4:6], probes.LOGISTIC_PENALTIES[:2]
    monkeypatch.setattr(plain_probe, "RIDGE_PENALTIES", ridge)
    monkeypatch.setattr(probes.Ridge, "settings", ridge)
    for module in (plain_probe, logistic_probe):
        monkeypatch.setattr(module, "LOGISTIC_PENALTIES", logistic)


@pytest.mark.slow
@pytest.mark.usefixtures("few_penalties")
@pytest.mark.parametrize("sound", [True, False])
def test_logistic_regressions_are_compared_as_well(sound, monkeypatch):
    if not sound:
        monkeypatch.setattr(probes, "predict_logistically_plainly", lambda *given: ~given[1].targets)
    row = probes._time_logistic(10, 6, 8, 2)
    assert (row.equal, row.case) == (sound, "logistic, 10 subjects, 60 clips, width 8, 2 rounds of 10 folds")
    assert row.ratio > 0 and "x scikit-learn at its usual tolerance" in row.note


@pytest.mark.slow
@pytest.mark.usefixtures("few_penalties")
def test_all_rows_are_there_and_the_last_has_the_seconds_of_every_probe(monkeypatch):
    monkeypatch.setattr(probes, "CASES", ())
    monkeypatch.setattr(probes, "LOGISTIC_CASES", ())
    for name, small in (("SETS", ((10, 6), (11, 6))), ("WIDTH", 8), ("COUNT", 2)):
        monkeypatch.setattr(probes_together, name, small)
    (row,) = probes.time_probes(lambda *_: None)
    assert row.equal and row.ratio == row.ours > 0
    assert row.case == "2 data sets x 3 probes x 20 folds"
    assert re.search(r"linear probe \d+ s, logistic regression \d+ s, nearest clip \d+ s", row.note)


@pytest.mark.slow
@pytest.mark.usefixtures("few_penalties")
def test_probes_that_differ_from_plain_ones_are_seen(monkeypatch):
    assert probes_together.agree_plainly()
    monkeypatch.setattr(probes_together, "predict_plainly", lambda _, sheet: ~sheet.targets)
    assert not probes_together.agree_plainly()
