"""How much a setting decides: the planted one is found by both measures, and how sure that is is told."""

import json

import pytest

from sweeps.decide import importance
from sweeps.decide.importance import MEASURES, find_importance, recall_importance
from tests.sweeps.reporting.test_report import FAILURE, STOPPED, STRONG, STUDY, WEAK, draw_trials


@pytest.fixture(autouse=True)
def _few_drawings(monkeypatch):
    monkeypatch.setattr(importance, "DRAWS", 5)


def test_the_setting_that_matters_is_found_and_shares_add_up_to_one():
    found = find_importance(STUDY, draw_trials(30))
    assert found.trials == 30 and found.rank() == [STRONG, WEAK]
    for name in MEASURES:
        assert sum(share.value for share in found.shares[name].values()) == pytest.approx(1)
        assert found.shares[name][STRONG].value > 0.8
        for share in found.shares[name].values():
            assert 0 <= share.low <= share.high <= 1
    assert find_importance(STUDY, draw_trials(30)) == found
    assert any(share.low < share.high for share in found.shares["variance"].values())


def test_none_is_given_below_twenty_complete_trials():
    assert find_importance(STUDY, [*draw_trials(19), STOPPED, FAILURE]) is None
    equal = [trial.__class__(**{**vars(trial), "objective": 0.5}) for trial in draw_trials(25)]
    assert find_importance(STUDY, equal) is None


@pytest.mark.slow
def test_it_is_computed_once_for_the_same_trials(tmp_path):
    path, trials = tmp_path / "made_up.importance.json", draw_trials(30)
    found = recall_importance(STUDY, trials, path)
    held = json.loads(path.read_text())
    held["importance"]["shares"]["good"][STRONG]["value"] = 0.125  # to see that it is read
    path.write_text(json.dumps(held))
    assert recall_importance(STUDY, trials, path).shares["good"][STRONG].value == 0.125
    other = recall_importance(STUDY, draw_trials(30, seed=1), path)
    assert other != found and other.shares["good"][STRONG].value != 0.125
    path.write_text("no JSON")
    assert recall_importance(STUDY, trials, path) == found
    assert recall_importance(STUDY, trials[:5], path) is None and not path.exists()
