"""Begins and ends every command line: a mistake of the user prints one line, never a trace, and gives a status."""

from __future__ import annotations

import argparse
import difflib
import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NoReturn

import smile
from smile.atomic import FULL
from smile.errors import UserError
from smile.interruption import conclude, tell_stop
from smile.progress import printable

MISTAKE = 2  # exit status: the command, a setting or the data cannot be used
STOPPED = 130  # exit status after Ctrl-C, as in shells
CUT_OFF = 141  # exit status where the reader of a pipe has closed it, as in shells


class _Parser(argparse.ArgumentParser):
    """Names the closest option where one is misspelt, e.g. --subjcts: did you mean --subjects?"""

    def error(self, message: str) -> NoReturn:
        known = list(_list_options(self))
        words = [word.partition("=")[0] for word in message.split() if word.startswith("--")]
        close = [found for word in words for found in difflib.get_close_matches(word, known, 1, 0.7)]
        if wrong := re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message):
            close += difflib.get_close_matches(wrong[1], re.findall(r"[\w.]+", wrong[2]), 1)
        super().error(f"{message}; did you mean {', '.join(close)}?" if close else message)


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
    """Makes the parser of the door (e.g. "bench.run"); --help prints `epilog` without wrapping its lines.

    Every door has --version.
    """
    parser = _Parser(
        prog=f"python -m {door}",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"smile-fer4d {smile.__version__}")
    return parser


def _list_options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yields the options of a parser and of its commands."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _list_options(command)


def require_worker(workers: int | None) -> None:
    """Raises UserError where --workers is less than one; None is allowed and means one worker per core."""
    if workers is not None and workers < 1:
        raise UserError(f"--workers {workers}: at least one must work")


def require_place(out: Path) -> None:
    """Raises UserError where the folder --out can be neither written nor made; call this before hours of work."""
    above = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise UserError(f"--out {out}: {above} is no folder that can be written; name another")


def leave(door: str, action: Callable[[], int]) -> int:
    """Runs `action` for the door (e.g. "bench.run"), prints its errors as one line and returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A label in letters that the terminal's encoding lacks is shown as \u0441, and ends nothing.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return conclude(_run(door, action))


def _run(door: str, action: Callable[[], int]) -> int:
    try:
        with redirect_stdout(_Plain(sys.stdout)):
            status = action()
        sys.stdout.flush()  # a pipe that is closed or a disk that is full shows here, and not after the status
        return status
    except UserError as error:
        print(printable(f"{door}: {error}"), file=sys.stderr)
        return MISTAKE
    except BrokenPipeError:  # as in `... | head`: the reader has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python fails when it flushes at exit
        return CUT_OFF
    except OSError as error:
        if error.filename is None and error.errno not in FULL:
            raise
        place = f"{error.filename}: " if error.filename else ""
        said = f"{door}: {place}{error.strerror}; name a place that can be read and written, or make room"
        print(printable(said), file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        print(tell_stop(door, ""), file=sys.stderr, end="")
        return STOPPED
