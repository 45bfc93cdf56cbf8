"""A Ray cluster of two nodes on this machine, for the rooms that ask what a cluster does."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from smile.cluster import ALONE

ROOT = Path(__file__).parents[2]


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A cluster of two nodes, at work in a process of its own, which first prints its address; see two_nodes.py."""
    # Ray tells the clusters of a machine apart by this folder. pytest's own is too long for the sockets in it.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("RAY_TMPDIR", folder)
        # Tests before it may have started a Ray in this very process, which hears the loopback interface only.
        for name in ALONE:
            monkeypatch.delenv(name, raising=False)
        command = [sys.executable, str(Path(__file__).with_name("two_nodes.py"))]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield process
            assert process.stdin is not None
            process.stdin.close()
