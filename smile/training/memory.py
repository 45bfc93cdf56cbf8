"""Keeps the memory of freed tensors for new tensors; otherwise the C library gives it back to the system."""

from __future__ import annotations

import ctypes
from functools import cache

#: Options of malloc.h: how much unused memory is kept, and from which size on a block gets its own mapping.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST, _UNUSED = 2**30, 2**31 - 1


@cache
def keep_freed_memory() -> bool:
    """Keeps freed memory for the rest of the process; returns whether the C library can (glibc can, by mallopt).

    A step on a CPU takes and frees tensors of some megabytes hundreds of times. If each tensor goes back to the system,
    the system clears and maps all its pages again: 3,000 to 5,000 page faults, a seventh of a step (docs/log.md).
    Results do not change by one bit. The process keeps as much memory as its largest step needs.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(set_option(_MMAP_THRESHOLD, _LARGEST)) and bool(set_option(_TRIM_THRESHOLD, _UNUSED))
