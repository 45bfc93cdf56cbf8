"""A process that keeps freed memory asks the system for it once; one that does not asks at every turn."""

import subprocess
import sys

import pytest

from smile.training.memory import keep_freed_memory

TURNS = """
import resource, sys, torch
from smile.training.memory import keep_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
def turn():
    return [torch.ones(10_000_000) for _ in range(2)]  # 40 MB: from 32 on the C library never keeps them by itself
for _ in range(10):  # the heap grows for up to six turns, until every tensor finds its place
    turn()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    turn()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not keep_freed_memory(), reason="the C library has no mallopt")
def test_pages_are_mapped_once() -> None:
    faults = {
        way: int(subprocess.run([sys.executable, "-c", TURNS, way], capture_output=True, check=True, text=True).stdout)
        for way in ("kept", "given back")
    }
    assert faults["kept"] < faults["given back"] / 5, faults
