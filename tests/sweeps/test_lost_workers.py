"""Workers of a sweep are killed again and again, and every trial ends as it would have without."""

import contextlib
import os
import signal
import time
from collections import Counter

import pytest

from sweeps.ledger import FAILED, Ledger
from sweeps.recorder import RESTARTS
from tests.sweeps.fake_sweep import IDLE, PLANTED, score
from tests.sweeps.test_search import finish, start

#: Kills of the suite; 20 by hand, with SMILE_TRIAL_KILLS=20.
KILLS = int(os.environ.get("SMILE_TRIAL_KILLS", "3"))
TRIALS = 6 + KILLS // 2


def find_work(folder, killed):
    """Process -> what it tries, of trials that may lose their worker once more."""
    lines = (folder / "working.txt").read_text().splitlines() if (folder / "working.txt").exists() else []
    latest = dict(line.split() for line in lines)
    return {int(one): tried for one, tried in latest.items() if tried != IDLE and killed[tried] < RESTARTS}


def kill_workers(process, folder):
    """How often each setting's worker was killed, KILLS in all."""
    killed, gone = Counter(), set()
    while killed.total() < KILLS and process.poll() is None:
        time.sleep(0.1)
        for worker, tried in find_work(folder, killed).items():
            if worker in gone:
                continue
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGSTOP)  # or it could end this trial, and lose the next one, before the kill
                still = find_work(folder, killed).get(worker) == tried
                os.kill(worker, signal.SIGKILL if still else signal.SIGCONT)
                if still:
                    killed[tried] += 1
                    gone.add(worker)
                break
    return killed


@pytest.mark.release
def test_trials_whose_workers_were_killed_are_run_again(tmp_path):
    process = start(tmp_path, TRIALS, 0.5)
    killed = kill_workers(process, tmp_path)
    said = finish(process)
    trials = Ledger(tmp_path, {"study": "fake"}).trials()
    assert killed.total() == KILLS and len(trials) == TRIALS
    assert any("its worker was lost: " in line and "it is run again (1 of 3)" in line for line in said)
    for trial in trials:
        tried, other = trial.setting["losses.alignment.weight"], trial.setting["losses.redundancy.weight"]
        assert (trial.state == FAILED) == (other > PLANTED), trial
        assert trial.state == FAILED or trial.objective == score(tried, trial.history[-1][0])
        assert [epoch for epoch, _ in trial.history] == sorted({epoch for epoch, _ in trial.history})
