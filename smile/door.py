"""How every command ends: one line for a user's mistake, never a trace, and an exit status."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

from smile.errors import UserError

MISTAKE = 2  # the command, a setting or the data cannot be used
STOPPED = 130  # Ctrl-C, as shells have it
CUT_OFF = 141  # nobody reads on, as shells have it
_FULL = (errno.ENOSPC, errno.EDQUOT)  # which name no file


def require_worker(workers: int | None) -> None:
    """Raises UserError on a --workers that leaves the work to nobody; None is one a core."""
    if workers is not None and workers < 1:
        raise UserError(f"--workers {workers}: at least one must work")


def leave(door: str, action: Callable[[], int]) -> int:
    """Runs what the door (e.g. "bench.run") was asked for and returns the exit status."""
    try:
        return action()
    except UserError as error:
        print(f"{door}: {error}", file=sys.stderr)
        return MISTAKE
    except BrokenPipeError:  # as in `... | head`: who reads has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor is the rest missed when Python ends
        return CUT_OFF
    except OSError as error:
        if error.filename is None and error.errno not in _FULL:
            raise
        place = f"{error.filename}: " if error.filename else ""
        print(f"{door}: {place}{error.strerror}; name a place that can be written, or make room", file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        print(f"{door}: stopped; the same command goes on from here", file=sys.stderr)
        return STOPPED
