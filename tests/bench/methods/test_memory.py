"""The peak of a piece of work is told, and what was freed before it does not count."""

import subprocess
import sys

import pytest

from bench.methods import memory
from bench.methods.memory import watch_memory

pytestmark = pytest.mark.skipif(not memory._STATUS.exists(), reason="only Linux tells the peak of a process")

#: In a process of its own: others keep freed memory, so that work takes it from there.
WORK = """
import numpy as np
from bench.methods import memory
from bench.methods.memory import watch_memory

def resident():
    line = next(line for line in memory._STATUS.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / 1e9

with watch_memory() as large:
    before = resident()
    np.ones(200_000_000, dtype=np.uint8).sum()
with watch_memory() as little:
    pass
print(large.gigabytes - before, little.gigabytes - resident())
"""


@pytest.mark.slow
def test_the_peak_is_what_the_work_takes_above_what_was_there_and_is_forgotten_afterwards():
    done = subprocess.run([sys.executable, "-c", WORK], check=True, capture_output=True, text=True)
    assert [float(number) for number in done.stdout.split()] == pytest.approx([0.2, 0.0], abs=0.05)


def test_where_the_system_does_not_tell_it_is_zero(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_FORGET", tmp_path / "nowhere" / "x")
    monkeypatch.setattr(memory, "_STATUS", tmp_path / "nowhere" / "y")
    with watch_memory() as peak:
        pass
    assert peak.gigabytes == 0.0
