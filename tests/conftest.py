"""Sets how many tests run side by side, and which of them paint figures."""

import os
import subprocess
import sys

import pytest

from tests.canvases import without_pixels
from tests.places import ROOT

WARM_UP = pytest.StashKey[subprocess.Popen]()
#: Rooms with files whose slow tests take minutes.
LONGEST = ("tests/sweeps/", "tests/smile/workers/", "tests/smile/training/", "tests/bench/spread/")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Has one process compile loops where several workers are about to collect, and so need them soon."""
    if not hasattr(session.config, "workerinput") and session.config.getoption("numprocesses", None):
        command = [sys.executable, "-m", "tests.warm_up"]
        session.config.stash[WARM_UP] = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Waits for that process: a run that ends early leaves nothing behind."""
    if started := session.config.stash.get(WARM_UP, None):
        started.terminate()
        started.wait()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Has the longest files come first where files are shared out: at the end, one worker would be left with them."""
    if config.getoption("markexpr", "").startswith("slow"):  # workers do not know how tests are shared out
        items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture
def unpainted():
    """Paints no figure; tests of figures do."""
    with without_pixels():
        yield


def pytest_xdist_auto_num_workers() -> int:
    """One a core, and two at least, because some tests wait for a process that they started.

    One more would win nothing: each worker spends half a minute on imports and on collecting.
    """
    return max(2, len(os.sched_getaffinity(0)))
