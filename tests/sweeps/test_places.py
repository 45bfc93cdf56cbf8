"""A trial on several workers of Ray Train that is stopped early frees its place for the next one."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sweeps.ledger import COMPLETE, PRUNED, Ledger
from tests.sweeps.nested_sweep import DEFAULT, KEY, NEXT, POOR

SWEEP = Path(__file__).parent / "nested_sweep.py"
#: Seconds from the end of the stopped trial to the first step of the next one, Ray Train's start included; where a
#: machine does something else, no longer than this times what followed the trial that ended by itself.
WITHIN, USUAL = 60, 1.5
#: Seconds for all three trials: they take half a minute each on a free machine, and two on one that does much else.
MOST = 900


@pytest.mark.release
def test_a_trial_that_is_stopped_early_frees_its_place(tmp_path):
    process = subprocess.Popen([sys.executable, str(SWEEP), str(tmp_path)], stderr=subprocess.PIPE, text=True)
    try:
        _, errors = process.communicate(timeout=MOST)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        pytest.fail(f"the place was not freed: {(tmp_path / 'times.txt').read_text()}")
    assert process.returncode == 0, errors
    states = {trial.setting[KEY]: trial.state for trial in Ledger(tmp_path, {"study": "nested"}).trials()}
    assert states == {DEFAULT: COMPLETE, POOR: PRUNED, NEXT: COMPLETE}
    times = {what: float(at) for at, what in (line.split(" ", 1) for line in read_lines(tmp_path))}
    ended, freed = (next(at for what, at in times.items() if word in what) for word in ("complete", "pruned"))
    usual = times[f"begins {POOR}"] - ended
    assert 0 <= times[f"begins {NEXT}"] - freed <= max(WITHIN, USUAL * usual), read_lines(tmp_path)


def read_lines(folder):
    return (folder / "times.txt").read_text().splitlines()
