"""Puts every trial that has ended into the ledger, once, and says so; one whose worker was lost has not ended."""

from __future__ import annotations

import errno
import os
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from smile.errors import UserError
from smile.workers.full_disk import find_full
from sweeps.effort import SPENT, Effort
from sweeps.ledger import COMPLETE, FAILED, LOST, PRUNED, Ledger, Trial
from sweeps.objectives.reading import Right
from sweeps.objectives.worst import WORST
from sweeps.studies import Sample

#: How often a trial is run again whose worker was lost: killed, out of memory, or with its node.
RESTARTS = 3

#: Key of a result that says why the trial failed.
FAILURE = "failure"
#: Key of a result that says which file found no room on a disk, "" where nobody knows.
FULL = "full"
#: Key of a result that says how much of each validation subject was right.
RIGHT = "right"
#: Key of a result that says the numbers of other objectives.
ALSO = "also"


def to_result(epoch: int, value: float, right: Right, also: Mapping[str, float]) -> dict[str, Any]:
    """Returns a report of a trial as a result of Ray Tune, in which each second objective has a key of its own."""
    seconds = {key: also.get(key, 0.0) for key in (SPENT, WORST)}
    return {"epoch": epoch, "objective": value, RIGHT: dict(right), ALSO: dict(also), **seconds}


class Recorder:
    """What is known of the trials of Ray Tune (`trial`: its id, setting, last result and file of errors)."""

    def __init__(self, ledger: Ledger, effort: Effort, say: Callable[[str], None]) -> None:
        done = ledger.trials()
        self._ledger, self._effort, self._say = ledger, effort, say
        self._first = max((trial.number for trial in done), default=-1) + 1
        self._finished = len(done)
        self._numbers: dict[Path, int] = {}  # by the place of a setting's record
        self._losses: Counter[Path] = Counter()
        self._lost: list[Sample] = []
        self._histories: dict[str, list[tuple[int, float]]] = {}
        self._right: dict[str, Mapping[str, Sequence[Any]]] = {}
        self._also: dict[str, Mapping[str, float]] = {}
        self._stopped: set[str] = set()
        self.cut_off = 0  # trials that a budget ended before they could be counted
        #: What ends the search, and is the fault of no trial, as a full disk.
        self.fault: OSError | UserError | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # Tune writes down whatever it calls, for a restore that we never ask for; a terminal cannot be written down.
        return str, ()

    def end(self, fault: OSError | UserError) -> None:
        """Has the search end for this fault; the first counts. An OSError names the study where it names no file."""
        if isinstance(fault, OSError) and not fault.filename:
            fault = OSError(fault.errno, fault.strerror, str(self._ledger.folder))
        self.fault = self.fault or fault

    def number(self, setting: Sample) -> int:
        """The number of the trial with this setting: they count from the first call on, which is when it is drawn."""
        return self._numbers.setdefault(self._ledger.path(setting), self._first + len(self._numbers))

    def take_lost(self) -> list[Sample]:
        """The settings whose trials Tune gave up, and that are to be run again; each is given once."""
        lost, self._lost = self._lost, []
        return lost

    def follow(self, trial: Any, result: Mapping[str, Any]) -> None:
        """Takes what a trial reported."""
        if FULL in result:
            self.end(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), result[FULL]))
        elif FAILURE not in result:
            self._histories.setdefault(trial.trial_id, []).append((result["epoch"], result["objective"]))
            self._right[trial.trial_id] = result.get(RIGHT, {})
            self._also[trial.trial_id] = result.get(ALSO, {})

    def stop(self, trial: Any) -> None:
        """Notes that a trial is stopped early because others are better."""
        self._stopped.add(trial.trial_id)

    def run_again(self, trial: Any) -> None:
        """Says that a trial begins anew because its worker was lost."""
        self._histories.pop(trial.trial_id, None)
        why, losses = self._read_loss(trial), self._count_loss(trial)
        if not self.fault:
            self._say(f"trial {self.number(trial.config)}: {LOST}: {why}; it is run again ({losses} of {RESTARTS})")

    def give_up(self, trial: Any) -> None:
        """Records a trial as failed whose worker was lost too often; keeps for another time one that was not.

        Tune gives up at the first loss where a trial was about to start.
        """
        key = self._ledger.path(trial.config)
        if self._losses[key] < RESTARTS:
            self._lost.append(dict(trial.config))
            self.run_again(trial)
        else:
            self.add(trial, f"{LOST} {self._count_loss(trial)} times: {self._read_loss(trial)}")

    def _read_loss(self, trial: Any) -> str:
        """Why the worker of a Tune trial was lost: the last line of what Ray kept of it; ends on a full disk."""
        said = Path(trial.error_file).read_text(encoding="utf-8")
        lines = [text.strip() for text in said.splitlines() if text.strip()]
        if full := find_full(RuntimeError(said)):
            self.end(full)
        return textwrap.shorten(lines[-1], 200)

    def _count_loss(self, trial: Any) -> int:
        key = self._ledger.path(trial.config)
        self._losses[key] += 1
        return self._losses[key]

    def _is_cut_off(self, trial: Any) -> bool:
        """Whether the time was over before a trial ended, which nobody stopped for its value."""
        return self._effort.allowance.minutes is not None and trial.trial_id not in self._stopped

    def add(self, trial: Any, failure: str) -> None:
        """Records a trial that has ended, failed where there is a reason; keeps none that a budget or fault cut off."""
        if self.fault:
            return
        history = tuple(self._histories.get(trial.trial_id, []))
        ended = bool(history) and history[-1][0] >= self._effort.whole
        if not failure and not ended and self._is_cut_off(trial):
            self.cut_off += 1
            self._say(f"trial {self.number(trial.config)}: cut off by the budget; the same command runs it again")
            return
        self._write(trial, failure or ("" if history else "the trial ended without a result"), ended)

    def _write(self, trial: Any, failure: str, ended: bool) -> None:
        history = tuple(self._histories.get(trial.trial_id, []))
        record = Trial(
            number=self.number(trial.config),
            setting=dict(trial.config),
            state=FAILED if failure else COMPLETE if ended else PRUNED,
            objective=None if failure else history[-1][1],
            history=history,
            reason=failure,
            right={} if failure else _pair(self._right[trial.trial_id]),
            also={} if failure else dict(self._also[trial.trial_id]),
            drawn_by=self._effort.sampler,
            seconds=round(trial.last_result.get("time_total_s", 0.0), 1),
            ended=round(time.time(), 1),
        )
        try:
            self._ledger.add(record)
        except OSError as error:  # Tune would run the trial again
            self.end(error)
            return
        self._finished += 1
        self._say(f"{self._finished}/{self._effort.trials}  {record}")


def _pair(right: Mapping[str, Sequence[Any]]) -> dict[str, tuple[float, int]]:
    return {name: (told, clips) for name, (told, clips) in right.items()}


def name_fault(error: BaseException) -> str:
    """What raised, in one line."""
    return textwrap.shorten(f"{type(error).__name__}: {error}", 200)
