"""Puts every trial that has ended into the ledger, once, and says so; one whose worker was lost has not ended."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from sweeps.effort import Effort
from sweeps.ledger import COMPLETE, FAILED, LOST, PRUNED, Ledger, Trial

#: How often a trial is run again whose worker was lost: killed, out of memory, or with its node.
RESTARTS = 3

#: Key of a result that says why the trial failed.
FAILURE = "failure"


class Recorder:
    """What is known of the trials of Ray Tune (`trial`: its id, setting, last result and file of errors)."""

    def __init__(self, ledger: Ledger, effort: Effort, say: Callable[[str], None]) -> None:
        done = ledger.trials()
        self._ledger, self._effort, self._say = ledger, effort, say
        self._first = max((trial.number for trial in done), default=-1) + 1
        self._finished = len(done)
        self._numbers: dict[str, int] = {}
        self._histories: dict[str, list[tuple[int, float]]] = {}
        self._losses: Counter[str] = Counter()

    def number(self, trials: Iterable[Any]) -> None:
        """Numbers the trials in the order in which they were drawn: Tune puts one that runs again last."""
        for trial in trials:
            self._numbers.setdefault(trial.trial_id, self._first + len(self._numbers))

    def follow(self, trial: Any, result: Mapping[str, Any]) -> None:
        """Takes what a trial reported."""
        if FAILURE not in result:
            self._histories.setdefault(trial.trial_id, []).append((result["epoch"], result["objective"]))

    def run_again(self, trial: Any) -> None:
        """Says that a trial begins anew because its worker was lost."""
        self._losses[trial.trial_id] += 1
        self._histories.pop(trial.trial_id, None)
        again = f"it is run again ({self._losses[trial.trial_id]} of {RESTARTS})"
        self._say(f"trial {self._numbers[trial.trial_id]}: its worker was lost: {_read_loss(trial)}; {again}")

    def give_up(self, trial: Any) -> None:
        """Records a trial as failed whose worker was lost too often."""
        self.add(trial, f"{LOST} {self._losses[trial.trial_id] + 1} times: {_read_loss(trial)}")

    def add(self, trial: Any, failure: str) -> None:
        """Records a trial that has ended, failed where there is a reason."""
        history = tuple(self._histories.get(trial.trial_id, []))
        if not failure and not history:
            failure = "the trial ended without a result"
        ended = bool(history) and history[-1][0] >= self._effort.epochs
        record = Trial(
            number=self._numbers[trial.trial_id],
            setting=dict(trial.config),
            state=FAILED if failure else COMPLETE if ended else PRUNED,
            objective=None if failure else history[-1][1],
            history=history,
            reason=failure,
            seconds=round(trial.last_result.get("time_total_s", 0.0), 1),
        )
        self._ledger.add(record)
        self._finished += 1
        self._say(f"{self._finished}/{self._effort.trials}  {record}")


def name_fault(error: BaseException) -> str:
    """What raised, in one line."""
    return textwrap.shorten(f"{type(error).__name__}: {error}", 200)


def _read_loss(trial: Any) -> str:
    """Why the worker of a Tune trial was lost: the last line of what Ray kept of it."""
    lines = [text.strip() for text in Path(trial.error_file).read_text(encoding="utf-8").splitlines() if text.strip()]
    return textwrap.shorten(lines[-1], 200)
