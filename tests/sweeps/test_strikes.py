"""A sweep that is killed, interrupted or out of disk loses no finished trial, runs none twice and leaves no process.

SMILE_STRIKES=50 strikes more often than the few of every day: 50 kills, 20 of them with Ray, 20 Ctrl-C, 20 full disks.
"""

import os
import subprocess

import pytest

from tests.sweeps.strikes import FAULTS, mounted, strike_all

STRIKES = int(os.environ.get("SMILE_STRIKES", "3"))
PART = max(STRIKES * 2 // 5, 1)


def faults_of(done):
    return {name: done[name] for name in FAULTS if done[name]}


@pytest.mark.slow
def test_kills_and_interrupts_lose_nothing_and_leave_nothing(tmp_path):
    done = strike_all(tmp_path, STRIKES, PART, PART)
    assert faults_of(done) == {}
    assert done["kills with Ray"] + done["kills without Ray"] == STRIKES and done["interrupts"] == PART
    assert done["trials kept"] > 0


@pytest.mark.slow
def test_a_full_disk_is_one_error_and_the_same_command_goes_on(tmp_path):
    try:
        with mounted(tmp_path / "try", "1m"):
            pass
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    done = strike_all(tmp_path, 0, 0, 0, PART)
    assert faults_of(done) == {}
    assert done["full disks"] == PART
