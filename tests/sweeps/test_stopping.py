"""A sweep is stopped from another terminal, and only one that runs here."""

import json
import signal
import subprocess
import sys

import pytest

from smile.errors import UserError
from sweeps.ledger import CONFIRMATION, Ledger
from sweeps.stopping import stop_sweeps
from tests.sweeps.reporting.test_report import ABOUT, IDENTITY, draw_trials

WRITES = """
import sys, time
from pathlib import Path
from sweeps.ledger import open_ledger
with open_ledger(Path(sys.argv[1])).writing():
    print("writing", flush=True)
    time.sleep(60)
"""


def make_ledger(place):
    ledger = Ledger(place, IDENTITY)
    ledger.open(ABOUT)
    for trial in draw_trials(2):
        ledger.add(trial)
    return ledger


@pytest.mark.parametrize("place", ["made_up", f"made_up/{CONFIRMATION}"])
def test_a_running_sweep_ends_and_keeps_what_it_has(tmp_path, place):
    ledger = make_ledger(tmp_path / place)
    with subprocess.Popen(
        [sys.executable, "-c", WRITES, str(ledger.folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as sweep:
        assert sweep.stdout.readline() == "writing\n"
        assert ledger.find_writer()[1] == sweep.pid
        said = stop_sweeps("made_up", tmp_path)
        assert sweep.wait(10) == -signal.SIGTERM
    assert said == f"{ledger.folder}: stopped at 2 trials; the same command goes on"
    assert ledger.find_writer() is None


def test_no_sweep_one_elsewhere_and_one_that_does_not_say_are_errors(tmp_path):
    ledger = make_ledger(tmp_path / "made_up")
    with pytest.raises(UserError, match="no sweep of made_up runs"):
        stop_sweeps("made_up", tmp_path)
    with ledger.writing():
        writer = ledger.folder / "writer.json"
        writer.write_text(json.dumps({"host": "elsewhere", "process": 1}))
        with pytest.raises(UserError, match="runs on elsewhere; stop it there"):
            stop_sweeps("made_up", tmp_path)
        writer.write_text("{")
        with pytest.raises(UserError, match="does not say where"):
            stop_sweeps("made_up", tmp_path)


def test_the_title_of_an_experiment_names_its_study(tmp_path):
    assert make_ledger(tmp_path / "made_up").title.split("/")[0] == "made_up"
    assert make_ledger(tmp_path / "made_up" / CONFIRMATION).title.split("/")[:2] == ["made_up", CONFIRMATION]
