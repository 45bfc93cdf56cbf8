"""Begins and ends every command line: a mistake of the user prints one line, never a trace, and gives a status."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import io
import math
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NoReturn

import smile
from smile.atomic import describe_error, find_existing
from smile.errors import UserError, shorten
from smile.interruption import conclude, tell_stop
from smile.limits import Irregular, require_regular
from smile.progress import printable

MISTAKE = 2  # exit status: the command, a setting or the data cannot be used
_MOST = 2**31 - 1  # farthest whole number of an option from 0
STOPPED = 130  # exit status after Ctrl-C, as in shells
CUT_OFF = 141  # exit status where the reader of a pipe has closed it, as in shells


class Once(argparse.Action):
    """An option that means one thing: given twice it is refused, not overruled by its last value."""

    remedy = "name one data set"

    def __call__(self, _parser: Any, options: argparse.Namespace, value: Any, _option: str | None = None) -> None:
        """Keeps the value."""
        earlier = getattr(options, self.dest, None)
        if self.option_strings and earlier not in (self.default, value):
            raise argparse.ArgumentError(self, f"is given twice, as {earlier} and {value}; {self.remedy}")
        setattr(options, self.dest, value)


class _Single(Once):
    """What an option is that says nothing else."""

    remedy = "give it once"


class _Each(argparse._AppendAction):
    """An option that may be repeated; but a setting, KEY=VALUE, has one value."""

    def __call__(self, parser: Any, options: argparse.Namespace, value: Any, option: str | None = None) -> None:
        key, equals, _ = str(value).partition("=")
        earlier = (str(one) for one in getattr(options, self.dest, None) or ())
        if str(self.metavar).startswith("KEY=") and equals:
            for one in earlier:
                if one.partition("=")[0] == key and one != value:
                    raise argparse.ArgumentError(self, f"says {one} and {value}; give each setting once")
        super().__call__(parser, options, value, option)


class _Parser(argparse.ArgumentParser):
    """Reads numbers, paths and repeated options in one way at every door, and names what a misspelt word may mean.

    Example: --subjcts: did you mean --subjects?
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for kind, read in ((int, read_whole), (float, read_number), (Path, _read_path)):
            self.register("type", kind, read)
        for action in (None, "store"):
            self.register("action", action, _Single)
        self.register("action", "append", _Each)

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        if action.option_strings and "--" in arg_strings:  # as in --steps=--, of which argparse makes an empty list
            raise argparse.ArgumentError(action, "-- is no value")
        if action.option_strings and action.type is None and not all(word.strip() for word in arg_strings):
            # Of a variable that is not set: --data "" would be made faces, and --storage "" another database.
            raise argparse.ArgumentError(action, "is empty; say what it shall be, or leave it out")
        return super()._get_values(action, arg_strings)

    def error(self, message: str) -> NoReturn:
        known = list(_list_options(self))
        words = [word.partition("=")[0].rstrip(":,") for word in message.split() if word.startswith("--")]
        close = [found for word in words if word not in known for found in _find_close(word, known, 0.7)]
        if wrong := re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message):
            close += _find_close(wrong[1].lower(), re.findall(r"[\w.-]+", wrong[2]), 0.6)
        super().error(shorten(f"{message}; did you mean {', '.join(close)}?" if close else message))

    def _print_message(self, message: str, file: Any = None) -> None:
        """Prints --help and --version as any other answer: argparse says nothing where a disk is full."""
        if file is not sys.stdout:
            super()._print_message(message, file)
        elif status := _run(self.prog.split()[2], lambda: sys.stdout.write(message) * 0):
            sys.exit(status)


def _find_close(word: str, known: list[str], least: float) -> list[str]:
    return difflib.get_close_matches(word, known, 1, least)


def read_whole(text: str, low: int = -_MOST, high: int = _MOST) -> int:
    """The whole number of an option, as digits from `low` to `high`: int() takes 1_000 and other scripts' digits too.

    Raises what argparse makes a line of.
    """
    if not re.fullmatch(r"[+-]?[0-9]+", text.strip(), re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    number = int(text) if len(text.strip()) < 20 else high + 1
    if number > high or number < low:
        raise argparse.ArgumentTypeError(f"{text.strip()[:40]} is out of range: {low} to {high}")
    return number


def read_subjects(text: str) -> int:
    """How many made people an option asks for: more would take days to draw, and all memory before that."""
    return read_whole(text, high=100_000)


def read_frames(text: str) -> int:
    """How many scans of a made clip an option asks for."""
    return read_whole(text, high=10_000)


def read_number(text: str, low: float = -math.inf) -> float:
    """The number of an option, at least `low`: float() takes nan, inf and 1_000 too. Raises as `read_whole` does."""
    with contextlib.suppress(ValueError):
        if text.isascii() and "_" not in text and math.isfinite(number := float(text)) and number >= low:
            return number
    raise argparse.ArgumentTypeError(f"{text!r} is not a number" + (f" of at least {low:g}" if low > -math.inf else ""))


def _read_path(text: str) -> Path:
    if not text.strip() or "\0" in text:  # of a variable that is not set: Path("") is the working folder
        raise argparse.ArgumentTypeError(f"{text!r} names no place; write . for the working folder")
    return Path(text)


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


def require_place(out: Path, data: Iterable[str] = (), option: str = "--out") -> None:
    """Raises UserError where the folder of an option can be neither written nor made; call this before hours of work.

    Nor may it lie in a data set that `data` names, e.g. "bu4dfe=DIR": its files would be read as scans.
    """
    _require_writable(f"{option} {out}", out)
    for name, equals, place in (one.partition("=") for one in data):
        root = Path(place).expanduser().resolve()
        listed = name == "manifest"  # reads what its table lists alone, so results may lie below it
        if equals and place and (out.resolve() == root or (not listed and root in out.resolve().parents)):
            raise UserError(f"{option} {out}: lies in the data set {name}={place}; name a folder outside of it")


def require_file(option: str, file: Path, suffixes: Sequence[str], what: str = "") -> None:
    """Raises UserError where the file of an option can be neither written nor made, or its name does not say its kind.

    Call this before hours of work. `what` says what each kind is for.
    """
    if file.suffix.lower() not in suffixes:
        raise UserError(f"{option} {file}: write a {what or ' or '.join(suffixes)}")
    if file.is_dir():
        raise UserError(f"{option} {file}: is a folder; name a file")
    if os.path.lexists(file):
        try:
            require_regular(file)
        except Irregular as error:  # a file in the place of a pipe would end whoever waits at it
            raise UserError(f"{option} {file}: is {error}; take it away, or name another") from None
        except OSError:  # a link that leads nowhere: the file is made in its place
            pass
    _require_writable(f"{option} {file}", file.parent)


def _require_writable(named: str, folder: Path) -> None:
    above = folder
    try:
        for path in (folder, *folder.parents):
            if path.is_symlink() and not path.exists():
                raise UserError(f"{named}: {path} is a link that leads nowhere; take it away, or name another")
        above = find_existing(folder)
        with tempfile.TemporaryFile(dir=above):  # permissions say too little: of root, of /proc, of full disks
            pass
    except OSError:
        raise UserError(f"{named}: {above} is no folder that can be written; name another") from None


def leave(door: str, action: Callable[[], int]) -> int:
    """Runs `action` for the door (e.g. "bench.run"), prints its errors as one line and returns the exit status."""
    _fill_streams()
    for stream in (sys.stdout, sys.stderr):
        # A label in letters that the terminal's encoding lacks is shown as \u0441, and ends nothing.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return conclude(_run(door, action))


def _fill_streams() -> None:
    """Opens streams that the caller has closed, as `>&-` does: else the next file that is opened gets their number.

    What is printed then goes nowhere.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w" if number else "r", encoding="utf-8"))  # noqa: SIM115, PTH123


def _run(door: str, action: Callable[[], int]) -> int:
    try:
        with redirect_stdout(_Plain(sys.stdout)):
            status = action()
        sys.stdout.flush()  # a pipe that is closed or a disk that is full shows here, and not after the status
        return status
    except UserError as error:
        print(printable(f"{door}: {shorten(str(error))}"), file=sys.stderr)
        return MISTAKE
    except BrokenPipeError:  # as in `... | head`: the reader has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python fails when it flushes at exit
        return CUT_OFF
    except OSError as error:
        if not (said := describe_error(error)):
            raise
        print(printable(f"{door}: {said}"), file=sys.stderr)
        return MISTAKE
    except RuntimeError as error:  # Path.resolve() and Path.expanduser() raise no OSError
        if not (said := _describe_path(error)):
            raise
        print(printable(f"{door}: {said}"), file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        print(tell_stop(door, ""), file=sys.stderr, end="")
        return STOPPED


def _describe_path(error: RuntimeError) -> str:
    """The line about a path that leads nowhere; empty where the error is another."""
    if loop := re.match("Symlink loop from (.*)", str(error)):
        return f"{shorten(loop[1])}: is a link that leads to itself; name another place, or take it away"
    if "determine home directory" in str(error):
        return "a path begins with ~, but nobody's home is known by that name; write the whole path, or set HOME"
    return ""
