"""How every command line begins and ends: one line for a user's mistake, never a trace, and an exit status."""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

from smile.errors import UserError
from smile.interruption import conclude, tell_stop

MISTAKE = 2  # the command, a setting or the data cannot be used
STOPPED = 130  # Ctrl-C, as shells have it
CUT_OFF = 141  # nobody reads on, as shells have it
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # which name no file


def make_parser(door: str, description: str, epilog: str) -> argparse.ArgumentParser:
    """The parser of the door (e.g. "bench.run"), whose `epilog` is printed as it stands."""
    return argparse.ArgumentParser(
        prog=f"python -m {door}",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def require_worker(workers: int | None) -> None:
    """Raises UserError on a --workers that leaves the work to nobody; None is one a core."""
    if workers is not None and workers < 1:
        raise UserError(f"--workers {workers}: at least one must work")


def require_place(out: Path) -> None:
    """Raises UserError where the folder of --out can be neither written nor made: before hours of work, not after."""
    above = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise UserError(f"--out {out}: {above} is no folder that can be written; name another")


def leave(door: str, action: Callable[[], int]) -> int:
    """Runs what the door (e.g. "bench.run") was asked for and returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A label in letters that the terminal's encoding lacks is shown as \u0441, and ends nothing.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return conclude(_run(door, action))


def _run(door: str, action: Callable[[], int]) -> int:
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
        print(
            f"{door}: {place}{error.strerror}; name a place that can be read and written, or make room", file=sys.stderr
        )
        return MISTAKE
    except KeyboardInterrupt:
        print(tell_stop(door, ""), file=sys.stderr, end="")
        return STOPPED
