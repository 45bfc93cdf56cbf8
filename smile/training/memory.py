"""Memory that tensors have left is kept for the next ones, where the C library would give it back to the system."""

from __future__ import annotations

import ctypes
from functools import cache

#: Options of malloc.h: from which size on a block is a mapping of its own, how much may lie unused before it goes back.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST, _UNUSED = 2**30, 2**31 - 1


@cache
def keep_freed_memory() -> bool:
    """For the rest of the process; whether the C library can (glibc's mallopt), elsewhere nothing changes.

    A step on a processor takes and frees tensors of some megabytes hundreds of times. Given back each time, every page
    of them is cleared and mapped anew by the system: 3,000 to 5,000 page faults, a seventh of a step (docs/log.md).
    Not one bit of a result depends on it; the process keeps the memory of its largest step.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(set_option(_MMAP_THRESHOLD, _LARGEST)) and bool(set_option(_TRIM_THRESHOLD, _UNUSED))
