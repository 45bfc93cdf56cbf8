"""How every command line begins and ends: one line for a user's mistake, never a trace, and an exit status."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from smile.errors import UserError
from smile.progress import printable

MISTAKE = 2  # the command, a setting or the data cannot be used
STOPPED = 130  # Ctrl-C, as shells have it
CUT_OFF = 141  # nobody reads on, as shells have it
_FULL = (errno.ENOSPC, errno.EDQUOT)  # which name no file


class Once(argparse.Action):
    """An option that means one thing: given twice it is refused, not overruled by its last value."""

    def __call__(self, _parser: Any, options: argparse.Namespace, value: Any, _option: str | None = None) -> None:
        """Keeps the value."""
        earlier = getattr(options, self.dest, None)
        if earlier != self.default:
            raise argparse.ArgumentError(self, f"is given twice, as {earlier} and {value}; name one data set")
        setattr(options, self.dest, value)


class _Plain:
    """A stream on which no name of a file or a person moves the cursor or sets the title of a terminal."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        return int(self._stream.write(printable(text)))


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
    try:
        with redirect_stdout(_Plain(sys.stdout)):
            return action()
    except UserError as error:
        print(printable(f"{door}: {error}"), file=sys.stderr)
        return MISTAKE
    except BrokenPipeError:  # as in `... | head`: who reads has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor is the rest missed when Python ends
        return CUT_OFF
    except OSError as error:
        if error.filename is None and error.errno not in _FULL:
            raise
        place = f"{error.filename}: " if error.filename else ""
        said = f"{door}: {place}{error.strerror}; name a place that can be read and written, or make room"
        print(printable(said), file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        print(f"{door}: stopped; the same command goes on from here", file=sys.stderr)
        return STOPPED
