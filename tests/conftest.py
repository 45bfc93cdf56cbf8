"""Sets how many tests run side by side."""

import os


def pytest_xdist_auto_num_workers() -> int:
    """One more than cores, because many tests wait for a process that they started, e.g. Ray."""
    return len(os.sched_getaffinity(0)) + 1
