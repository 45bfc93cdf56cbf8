"""The peak of a piece of work is told, and what was freed before it does not count."""

import numpy as np
import pytest

from bench.methods import memory
from bench.methods.memory import watch_memory

pytestmark = pytest.mark.skipif(not memory._STATUS.exists(), reason="only Linux tells the peak of a process")

SIZE = 200_000_000


def peak_of(work):
    with watch_memory() as peak:
        work()
    return peak.gigabytes


def resident():
    line = next(line for line in memory._STATUS.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / 1e9


def test_the_peak_is_what_the_work_takes_above_what_was_there_and_is_forgotten_afterwards():
    before = []

    def work():
        before.append(resident())
        np.ones(SIZE, dtype=np.uint8).sum()

    assert peak_of(work) == pytest.approx(before[0] + SIZE / 1e9, abs=0.05)
    assert peak_of(lambda: None) == pytest.approx(resident(), abs=0.05)


def test_where_the_system_does_not_tell_it_is_zero(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_FORGET", tmp_path / "nowhere" / "x")
    monkeypatch.setattr(memory, "_STATUS", tmp_path / "nowhere" / "y")
    assert peak_of(lambda: None) == 0.0
