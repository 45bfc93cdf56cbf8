"""How every command ends: one line for a user's mistake, never a trace, and an exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable

from smile.errors import UserError

MISTAKE = 2  # the command, a setting or the data cannot be used
STOPPED = 130  # Ctrl-C, as shells have it


def leave(door: str, action: Callable[[], int]) -> int:
    """Runs what the door (e.g. "bench.run") was asked for and returns the exit status."""
    try:
        return action()
    except UserError as error:
        print(f"{door}: {error}", file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        print(f"{door}: stopped; the same command goes on from here", file=sys.stderr)
        return STOPPED
