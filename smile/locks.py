"""Locks on files that keep other processes away; the system lets them go where their process is killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from smile.errors import UserError


@contextmanager
def hold_lock(file: Path, busy: str = "") -> Iterator[None]:
    """Holds `file` alone; where another process does, raises UserError with the words `busy`, or without them waits.

    The file and its folder are made where they are absent; of a file that is there, neither content nor time changes.
    Raises FileNotFoundError where the folder is deleted while this process waits.
    """
    # Without fallback_to_soft, a file system that has no locks is an error: a soft lock outlives its killed process.
    lock = FileLock(file, blocking=not busy, fallback_to_soft=False)
    try:
        held = lock.acquire()
    except Timeout:
        raise UserError(busy) from None
    with held:
        yield
