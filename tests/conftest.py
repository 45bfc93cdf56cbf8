"""Sets how many tests run side by side."""

import os

import pytest

#: Rooms whose slow tests start Ray. One after the other: several Rays on two cores do not start in their time.
RAY = (
    "tests/sweeps/",
    "tests/smile/test_cluster.py",
    "tests/smile/rendering/cache/test_on_cluster.py",
    "tests/bench/speed/stages/test_sweep.py",
)


def pytest_xdist_auto_num_workers() -> int:
    """One more than cores, because many tests wait for a process that they started, e.g. Ray."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps tests that start Ray in one process, where `--dist loadgroup` asks for it."""
    for item in items:
        if item.get_closest_marker("slow") and item.nodeid.startswith(RAY):
            item.add_marker(pytest.mark.xdist_group("ray"))
