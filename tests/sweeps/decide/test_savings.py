"""Schedulers are compared from the records of a study alone."""

import pytest

from smile.errors import UserError
from sweeps.decide.savings import FEWEST, compare_schedulers
from sweeps.ledger import Ledger
from tests.sweeps.decide.test_replay import make_trials
from tests.sweeps.reporting.test_report import ABOUT, IDENTITY, STOPPED


def fill(tmp_path, count):
    ledger = Ledger(tmp_path / "made_up", IDENTITY)
    ledger.open(ABOUT)
    for trial in (*make_trials(count), STOPPED):
        ledger.add(trial)


def compare(tmp_path, *schedulers):
    return compare_schedulers("made_up", tmp_path, schedulers, 2, 5, lambda *_: None)


def test_every_scheduler_gets_a_line_and_stopped_trials_are_counted_out(tmp_path):
    fill(tmp_path, 16)
    lines = compare(tmp_path).splitlines()
    assert "16 of 17 trials ran to their end" in lines[0]
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["asha", "hasty", "median", "none"]
    assert "none: 1.00 times less compute" in lines[-1]
    assert compare(tmp_path, "hasty").splitlines()[1:] == lines[2:3]


def test_too_few_whole_trials_are_an_error_with_a_remedy(tmp_path):
    fill(tmp_path, FEWEST - 1)
    with pytest.raises(UserError, match="--scheduler none"):
        compare(tmp_path)
    with pytest.raises(UserError, match=r"asha"):
        compare(tmp_path, "ashe")
