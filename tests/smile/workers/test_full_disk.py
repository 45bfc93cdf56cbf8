"""A full disk is found behind whatever others made of its error, and no other error is one."""

import errno
import os
import sqlite3

import pytest

from smile.workers.full_disk import find_full


def raise_from(error, cause, explicit):
    """The error as it is where it was raised because of another one, or while that was handled."""
    try:
        try:
            raise cause
        except type(cause):
            if explicit:
                raise error from cause
            raise error  # noqa: B904
    except type(error) as raised:
        return raised


@pytest.mark.parametrize("explicit", [True, False])
def test_a_full_disk_is_found_behind_the_errors_that_others_made_of_it(explicit):
    full = OSError(errno.EDQUOT, os.strerror(errno.EDQUOT), "study/trial.json")
    assert find_full(full) is full
    assert find_full(raise_from(RuntimeError("a trace"), full, explicit)) is full
    group = pytest.importorskip("ray.train").WorkerGroupError
    assert find_full(group("", {0: ValueError("echo"), 1: full})) is full


def test_a_full_disk_of_which_a_library_has_only_words_is_one():
    said = sqlite3.OperationalError("database or disk is full")
    for error in (
        said,
        pytest.importorskip("ray.exceptions").OutOfDiskError(),
        RuntimeError("No space left on device"),
    ):
        found = find_full(raise_from(ValueError("of Optuna"), error, explicit=True))
        assert (found.errno, found.filename) == (errno.ENOSPC, None)


def test_other_errors_are_no_full_disk():
    loop = RuntimeError("a planted fault")
    loop.__cause__ = loop
    for error in (loop, OSError(errno.EACCES, "Permission denied", "full"), MemoryError()):
        assert find_full(error) is None
