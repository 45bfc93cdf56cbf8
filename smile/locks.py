"""Lets one process at a time write, by a lock on a file; the system frees the lock of a killed process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from smile.errors import UserError


@contextmanager
def hold_lock(file: Path, busy: str = "") -> Iterator[None]:
    """Holds the lock `file` inside a `with` block, so that no other process holds it.

    Where another process holds the lock: raises UserError with the text `busy`, or waits where `busy` is empty.
    Makes the file and its folder where they are absent; changes neither content nor time of a file that exists.
    Raises FileNotFoundError where the folder is deleted while this process waits.
    """
    # fallback_to_soft=False raises an error on a file system without locks: a soft lock would outlive a killed process.
    lock = FileLock(file, blocking=not busy, fallback_to_soft=False)
    try:
        held = lock.acquire()
    except Timeout:
        raise UserError(busy) from None
    with held:
        yield
