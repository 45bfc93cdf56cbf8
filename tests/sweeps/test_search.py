"""Ray and Optuna run in processes of their own, so that their warnings and threads stay there."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from sweeps.ledger import COMPLETE, FAILED, PRUNED, Ledger, Trial

SWEEP = Path(__file__).parent / "fake_sweep.py"


def start(folder, trials, pause=0.0, **options):
    command = [sys.executable, str(SWEEP), str(folder), str(trials), str(pause)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def finish(process):
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return out.splitlines()


def optuna_states(folder):
    with sqlite3.connect(folder / "study.db") as database:
        found = dict(database.execute("select state, count(*) from trials group by state"))
    database.close()
    return Counter({state: count for state, count in found.items() if state != "WAITING"})


@dataclass(frozen=True)
class Sweep:
    folder: Path
    ledger: Ledger
    kept: list[Trial]  # what was in the ledger after the kill
    said: list[str]  # by the sweep that went on


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """A sweep of 12 trials that was killed after its third, and started again."""
    folder = tmp_path_factory.mktemp("sweep")
    ledger = Ledger(folder, {"study": "fake"})
    process = start(folder, 12, 0.2, start_new_session=True)
    for _ in range(3):
        assert "/12  trial" in process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    kept = ledger.trials()
    return Sweep(folder, ledger, kept, finish(start(folder, 12)))


@pytest.mark.slow
def test_a_killed_sweep_keeps_its_finished_trials_and_runs_only_the_missing_ones(sweep):
    trials = sweep.ledger.trials()
    assert 3 <= len(sweep.kept) < 12
    assert len(trials) == 12
    assert [t for t in trials if t in sweep.kept] == sweep.kept
    assert sum("/12  trial" in line for line in sweep.said) == 12 - len(sweep.kept)
    started = Counter(float(line) for line in (sweep.folder / "started.txt").read_text().split())
    assert all(started[t.setting["losses.alignment.weight"]] == 1 for t in sweep.kept)


@pytest.mark.slow
def test_no_setting_is_drawn_twice_and_the_default_runs_to_its_end(sweep):
    trials = sweep.ledger.trials()
    assert len({tuple(t.setting.values()) for t in trials}) == 12
    (default,) = [t for t in trials if set(t.setting.values()) == {1.0}]
    assert default.state == COMPLETE


@pytest.mark.slow
def test_a_stopped_trial_has_fewer_epochs_than_a_complete_one(sweep):
    trials = [t for t in sweep.ledger.trials() if t.state != FAILED]
    assert {t.state for t in trials} == {COMPLETE, PRUNED}
    for t in trials:
        assert (t.history[-1][0] == 8) == (t.state == COMPLETE)
        assert t.objective == t.history[-1][1]


@pytest.mark.slow
def test_a_trial_that_raises_and_one_whose_process_dies_are_recorded_with_the_reason(sweep):
    failed = [t for t in sweep.ledger.trials() if t.setting["losses.redundancy.weight"] > 3]
    raised = [t for t in failed if t.setting["losses.alignment.weight"] <= 1]
    died = [t for t in failed if t.setting["losses.alignment.weight"] > 1]
    assert raised
    assert died
    assert {t.state for t in failed} == {FAILED}
    assert {t.reason for t in raised} == {"RuntimeError: a planted fault"}
    assert all("died" in t.reason for t in died)


@pytest.mark.slow
def test_optuna_hears_pruned_of_trials_that_asha_stopped_and_fail_of_failed_ones(sweep):
    states = Counter(t.state for t in sweep.ledger.trials())
    assert optuna_states(sweep.folder) == {
        "COMPLETE": states[COMPLETE],
        "PRUNED": states[PRUNED],
        "FAIL": states[FAILED],
    }


@pytest.mark.slow
def test_a_finished_sweep_starts_no_ray(sweep):
    before = sweep.ledger.trials()
    assert finish(start(sweep.folder, 12)) == ["no ray"]
    assert sweep.ledger.trials() == before
