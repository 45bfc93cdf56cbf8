"""Tells a full disk behind the errors that other processes and libraries make of it."""

from __future__ import annotations

import errno
import os

from smile.atomic import FULL, is_full
from smile.cluster import list_told

#: What libraries say of a full disk: the system's words, SQLite's, and Ray's.
_FULL_WORDS = (*map(os.strerror, FULL), "database or disk is full", "disk's utilization is over capacity")


def find_full(error: BaseException) -> OSError | None:
    """Returns the full disk that an error comes from, also one of another process; None where it has another cause."""
    chain: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if is_full(one):
            assert isinstance(one, OSError)
            return one
        if not any(one is other for other in chain):
            chain.append(one)
            waiting += [*list_told(one), *filter(None, (one.__cause__, one.__context__))]
    said = " ".join(map(str, chain))  # libraries that raise no OSError
    words = [word for word in _FULL_WORDS if word in said]
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) if words else None
