"""Ctrl-C and SIGTERM at any moment: one line that says how far the work came, no process left behind, a status."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

#: Seconds after which the process ends, whatever still hangs.
PATIENCE = 5.0

#: What `before_stopping` was given, the newest last; a text that one returns is how far the work came.
_FAREWELLS: list[Callable[[], str | None]] = []
#: The same for what is left to do once the processes that this one started are gone: they would write on.
_LEFT: list[Callable[[], str | None]] = []
#: Held by whoever decides how the process ends: the thread that got a signal, or `conclude`.
_END = threading.Lock()
_taken: list[str] = []  # the door, once it has the signals
_concluded: list[int] = []  # the status, once the work is done


def take_signals(door: str) -> None:
    """From now on a signal ends this process at once; for a process that is the door's (e.g. "bench.run") alone.

    Everything that this program writes stands a kill. So the process does not unwind: libraries that are torn out of
    their work print traces, catch the signal, or crash. A thread waits for the signal, whatever handlers others set.
    A signal that whoever started the process has set to be ignored stays so: SIGHUP by nohup, SIGINT by a script's `&`.
    """
    if _taken:
        return
    _taken.append(door)
    atexit.register(_end)  # the first to be registered runs last
    signals = {one for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) != signal.SIG_IGN}
    if not signals:
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    # A child would keep the signals blocked, and no terminate() would end it.
    os.register_at_fork(after_in_child=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, signals))
    threading.Thread(target=_wait, args=(door, signals), daemon=True, name="signals").start()


class Instead(str):
    """What a farewell of `before_stopping` returns where the same command would not go on from here."""


@contextmanager
def before_stopping(act: Callable[[], str | None], last: bool = False) -> Iterator[None]:
    """Has `act` called, in another thread, where a signal ends the process meanwhile.

    `last`: after the processes that this one started have ended, so that none of them writes on.
    """
    acts = _LEFT if last else _FAREWELLS
    acts.append(act)
    try:
        yield
    finally:
        acts.remove(act)


def conclude(status: int) -> int:
    """The status of work that is done: a signal changes it no more. Does not return where one came before."""
    if _taken and not _concluded:
        _concluded.append(status)
        _END.acquire()
    return status


def tell_stop(door: str, reached: str) -> str:
    """The one line about a command that was stopped."""
    if isinstance(reached, Instead):
        return f"{door}: stopped; {reached}\n"
    return f"{door}: stopped{reached and f' at {reached}'}; the same command goes on from here\n"


def _wait(door: str, signals: set[signal.Signals]) -> NoReturn:
    number = signal.sigwait(signals)
    # Where the work is done, its status holds; only what Python does at its end is cut short.
    early = _END.acquire(blocking=False)
    status = 128 + number if early else _concluded[0]
    timer = threading.Timer(PATIENCE, os._exit, (status,))
    timer.daemon = True
    timer.start()
    if early:
        _say(tell_stop(door, _reach() or "its beginning"))
    _end_children()
    _call(_LEFT)
    os._exit(status)


def _end() -> None:
    """Ends a process whose work is done: Python would take libraries apart for seconds, and hear no signal then."""
    if not _concluded:
        return
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(_concluded[0])


def _reach() -> str:
    """Says goodbye to all, and returns how far the work came."""
    return next(filter(None, _call(_FAREWELLS)), "")


def _call(acts: list[Callable[[], str | None]]) -> list[str]:
    """Calls all, the newest first, whatever fails; returns what they say."""
    said = [""]
    for act in reversed(acts.copy()):
        with contextlib.suppress(Exception):
            said.append(act() or "")
    return said


def _say(line: str) -> None:
    """Writes the line as the last one: whatever the other threads make of the end is not shown."""
    with contextlib.suppress(OSError, ValueError):  # a terminal that was closed
        sys.stderr.flush()
    with contextlib.suppress(OSError):
        terminal, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.write(terminal, line.encode(getattr(sys.stderr, "encoding", None) or "utf-8", "backslashreplace"))


def _end_children() -> None:
    """Kills every process that this one started, directly or not; those of a killed one come to this process."""
    _adopt_orphans()
    end = time.monotonic() + PATIENCE
    while (found := _descendants(os.getpid())) and time.monotonic() < end:
        for process in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.01)


def _adopt_orphans() -> None:
    """Makes this process the parent of those below it that lose theirs, where the system is Linux."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def _descendants(process: int) -> list[int]:
    """The processes below this one, as Linux lists them; none on other systems."""
    found: list[int] = []
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, file.read_text().split()):
                found += [child, *_descendants(child)]
    return found
