"""A trial on several workers of Ray Train that is stopped early frees its place for the next one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sweeps.ledger import COMPLETE, PRUNED, Ledger
from tests.sweeps.nested_sweep import DEFAULT, KEY, NEXT, POOR

SWEEP = Path(__file__).parent / "nested_sweep.py"
#: Seconds from the end of the stopped trial to the first step of the next one, Ray Train's start included; more on a
#: machine that does something else: SMILE_PLACE_SECONDS.
WITHIN = float(os.environ.get("SMILE_PLACE_SECONDS", "60"))


@pytest.mark.nodes
def test_a_trial_that_is_stopped_early_frees_its_place(tmp_path):
    process = subprocess.Popen([sys.executable, str(SWEEP), str(tmp_path)], stderr=subprocess.PIPE, text=True)
    try:
        _, errors = process.communicate(timeout=180 + 5 * WITHIN)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        pytest.fail(f"the place was not freed: {(tmp_path / 'times.txt').read_text()}")
    assert process.returncode == 0, errors
    states = {trial.setting[KEY]: trial.state for trial in Ledger(tmp_path, {"study": "nested"}).trials()}
    assert states == {DEFAULT: COMPLETE, POOR: PRUNED, NEXT: COMPLETE}
    times = {what: float(time) for time, what in (line.split(" ", 1) for line in read_lines(tmp_path))}
    freed = next(time for what, time in times.items() if "pruned" in what)
    assert 0 <= times[f"begins {NEXT}"] - freed <= WITHIN, read_lines(tmp_path)


def read_lines(folder):
    return (folder / "times.txt").read_text().splitlines()
