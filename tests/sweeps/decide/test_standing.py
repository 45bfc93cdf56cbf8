import pytest

from smile.errors import UserError
from sweeps.decide.standing import describe_standing
from sweeps.ledger import Ledger
from tests.sweeps.reporting.test_report import ABOUT, FAILURE, IDENTITY, STOPPED, draw_trials


def test_a_study_is_described_from_its_records_while_it_runs_and_after(tmp_path):
    ledger = Ledger(tmp_path / "made_up", IDENTITY)
    ledger.open(ABOUT)
    for trial in (*draw_trials(3), STOPPED, FAILURE):
        ledger.add(trial)
    with ledger.writing():
        assert "a sweep is writing here" in describe_standing("made_up", tmp_path)
    said = describe_standing("made_up", tmp_path)
    assert "no sweep runs here" in said and "python -m sweeps.run made_up" in said
    assert "finished trials: 5 (3 complete, 1 failed, 1 pruned), 32 s in all" in said
    assert "best: trial " in said


def test_a_study_without_records_is_one_error(tmp_path):
    with pytest.raises(UserError, match="holds no experiment"):
        describe_standing("made_up", tmp_path)
