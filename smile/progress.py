"""Shows the progress of long work on stderr: bars on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from datetime import timedelta
from types import TracebackType
from typing import TypeVar

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from smile.interruption import before_stopping

#: Is called with (name of the work, number of parts done, number of all parts), e.g. ("drawing clips", 3, 60).
Progress = Callable[[str, int, int], None]
Part = TypeVar("Part")
#: Is called with a line that a person should read.
Say = Callable[[str], None]

#: Seconds between two lines about the same work where there is no terminal; of long work, this share of its time.
LINE_EVERY, SHARE_EVERY = 5.0, 0.05

_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def printable(text: str) -> str:
    """`text` with what a terminal would obey, such as ESC, written out: a name from a file is only to be shown."""
    return text.translate(_CONTROLS)


def report_each(progress: Progress, what: str, parts: Collection[Part]) -> Iterator[Part]:
    """Yields each part of a work; reports how many parts are done before each part and at the end."""
    for done, part in enumerate(parts):
        progress(what, done, len(parts))
        yield part
    progress(what, len(parts), len(parts))


class Reporter:
    """Shows progress: use the reporter as a context manager, and call it as `reporter(what, done, total)`."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, float] = {}  # time of the last line about each work
        self._opened: dict[str, float] = {}  # time of its first report
        self._before: dict[str, int] = {}  # parts of each work that were done at its first report
        self._reached = ""  # how far the last reported work came
        self._entered = ExitStack()
        self._began: dict[str, tuple[float, int]] = {}  # time of the first report with more parts done, and how many

    def __enter__(self) -> Reporter:
        self._entered.enter_context(before_stopping(self._part))
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()
        self._entered.close()

    def __call__(self, what: str, done: int, total: int, note: str = "") -> None:
        """Reports that `done` of `total` parts of `what` are done; `note` adds a word, such as the loss."""
        self.reach(what, done, total)
        # The pace leaves the first part out, because the first part may wait for a compiler.
        if done > self._before.setdefault(what, done):
            self._began.setdefault(what, (time.monotonic(), done))
        self._show(what, done, total, note, f"{done}/{total}{self._left(what, done, total)} {note}".rstrip())

    def stride(self, what: str, done: float, total: int, words: str) -> None:
        """Reports work whose parts differ in length: `done` may be 5.4 of 12; `words` say how far the work came."""
        self._reached = f"{what}: {words}"
        self._show(what, done, total, words, words)

    def _show(self, what: str, done: float, total: int, note: str, line: str) -> None:
        """Moves the bar, and writes `note` beside it; or prints `line`, where the last one is some seconds old."""
        if self._console.is_terminal:
            self._draw(what, done, total, note)
        elif done == total or self._is_due(what, time.monotonic()):
            self._said[what] = time.monotonic()
            self.say(f"{what}: {line}")

    def _is_due(self, what: str, now: float) -> bool:
        """Says whether the last line about this work is old enough: a log of hours stays short enough to be read."""
        since = now - self._opened.setdefault(what, now)
        return now - self._said.get(what, -math.inf) >= max(LINE_EVERY, SHARE_EVERY * since)

    def reach(self, what: str, done: int, total: int) -> None:
        """Remembers how far `what` came, and prints nothing; a command that is stopped prints it in its last line."""
        self._reached = f"{what}: {done}/{total}"

    def say(self, line: str) -> None:
        """Prints one line above the bars."""
        self._console.print(printable(line), markup=False, highlight=False, soft_wrap=True)

    def _part(self) -> str:
        """Restores the terminal, and returns how far the work came."""
        self._bars.stop()
        return self._reached

    def _left(self, what: str, done: int, total: int) -> str:
        """Says how long the other parts will take at the pace so far, e.g. ", 0:01:30 left"; empty if unknown."""
        begin, before = self._began.get(what, (0.0, done))
        if not before < done < total:
            return ""
        seconds = (time.monotonic() - begin) / (done - before) * (total - done)
        return f", {timedelta(seconds=round(seconds))} left"

    def _draw(self, what: str, done: float, total: int, note: str) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(escape(printable(what)), total=total, note=note)
        self._bars.update(self._tasks[what], completed=done, total=total, note=note)
