"""Sets how many tests run side by side, and which of them paint figures."""

import os
import subprocess
import sys

import pytest

from tests.canvases import without_pixels
from tests.places import ROOT

WARM_UP = pytest.StashKey[subprocess.Popen]()
#: Rooms whose slow tests start Ray. One after the other: several Rays on two cores do not start in their time.
RAY = (
    "tests/bench/spread/test_crew.py",
    "tests/sweeps/",
    "tests/smile/workers/",
    "tests/smile/test_cluster.py",
    "tests/smile/rendering/cache/test_on_cluster.py",
)


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps tests that start Ray in one process, where `--dist loadgroup` asks for it."""
    for item in items:
        if item.get_closest_marker("slow") and item.nodeid.startswith(RAY):
            item.add_marker(pytest.mark.xdist_group("ray"))
