"""Progress of long work: bars on a terminal, a line every few seconds elsewhere; always on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
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

#: Is told (what is done, how many parts of it, of how many).
Progress = Callable[[str, int, int], None]
Part = TypeVar("Part")
#: Is told a line that a person should read.
Say = Callable[[str], None]

#: Seconds between two lines about the same work where there is no terminal.
LINE_EVERY = 5.0

_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def printable(text: str) -> str:
    """`text` with what a terminal would obey, such as ESC, written out: a name from a file is only to be shown."""
    return text.translate(_CONTROLS)


def report_each(progress: Progress, what: str, parts: Collection[Part]) -> Iterator[Part]:
    """Yields each of the parts of a work, and says before each, and at the end, how many are done."""
    for done, part in enumerate(parts):
        progress(what, done, len(parts))
        yield part
    progress(what, len(parts), len(parts))


class Reporter:
    """Call it as `reporter(what, done, total)`; use it as a context manager."""

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
        self._said: dict[str, float] = {}
        self._before: dict[str, int] = {}  # how much of each work was done when it was first heard of
        self._began: dict[str, tuple[float, int]] = {}  # when the first part was done here, and how much was done then

    def __enter__(self) -> Reporter:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def __call__(self, what: str, done: int, total: int, note: str = "") -> None:
        """Says that `done` of `total` parts of `what` are done, and a word on how it stands."""
        # The first part may wait for a compiler: the pace is that of the others.
        if done > self._before.setdefault(what, done):
            self._began.setdefault(what, (time.monotonic(), done))
        if self._console.is_terminal:
            self._draw(what, done, total, note)
        elif done == total or time.monotonic() - self._said.get(what, 0.0) >= LINE_EVERY:
            self._said[what] = time.monotonic()
            self.say(f"{what}: {done}/{total}{self._left(what, done, total)} {note}".rstrip())

    def say(self, line: str) -> None:
        """Prints one line above the bars."""
        self._console.print(printable(line), markup=False, highlight=False, soft_wrap=True)

    def _left(self, what: str, done: int, total: int) -> str:
        """How long the rest will take at the pace so far, in words."""
        begin, before = self._began.get(what, (0.0, done))
        if not before < done < total:
            return ""
        seconds = (time.monotonic() - begin) / (done - before) * (total - done)
        return f", {timedelta(seconds=round(seconds))} left"

    def _draw(self, what: str, done: int, total: int, note: str) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(escape(printable(what)), total=total, note=note)
        self._bars.update(self._tasks[what], completed=done, total=total, note=note)
