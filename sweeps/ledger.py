"""Keeps finished trials on disk: one JSON record per trial, which survives a kill and is never overwritten."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smile import atomic
from smile.digests import digest
from smile.errors import BadFile
from smile.locks import hold_lock
from sweeps.studies import Sample

COMPLETE, PRUNED, FAILED = "complete", "pruned", "failed"

#: What the reason of a trial begins with that failed through no fault of its setting.
LOST = "its worker was lost"

HEADER = "experiment.json"


@dataclass(frozen=True)
class Trial:
    """Holds a finished trial: its setting and its result."""

    number: int  # place in the order of drawing; 0 is the default setting
    setting: Sample  # dotted key -> value
    state: str  # COMPLETE | PRUNED (stopped early by ASHA) | FAILED
    objective: float | None  # last reported value, at the end or where the trial was pruned; None if failed
    history: tuple[tuple[int, float], ...]  # (epochs done, objective)
    reason: str  # why the trial failed; empty otherwise
    seconds: float

    @property
    def was_lost(self) -> bool:
        """Whether it failed because its worker was lost again and again: killed, out of memory, or with its node."""
        return self.state == FAILED and self.reason.startswith(LOST)

    def __str__(self) -> str:
        values = ((key, f"{value:.3g}" if isinstance(value, float) else value) for key, value in self.setting.items())
        setting = ", ".join(f"{key.removeprefix('losses.')} {value}" for key, value in values)
        outcome = self.reason if self.objective is None else f"{self.objective:.4f}"
        return f"trial {self.number} {self.state} {outcome} ({self.seconds:.0f} s): {setting}"


class Ledger:
    """Stores the trials of one experiment (one study on one data set with one config) below `folder`.

    Several processes may call `add` at the same time: it writes each record once.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        self.identity = json.loads(json.dumps(identity))
        self.folder = folder / digest(identity)

    def open(self, about: Mapping[str, Any]) -> None:
        """Makes the folder; the first time, also writes the experiment's identity and `about`, e.g. the command."""
        (self.folder / "trials").mkdir(parents=True, exist_ok=True)
        atomic.create_json(self.folder / HEADER, {"identity": self.identity, **about})

    def about(self) -> dict[str, Any]:
        """Reads the identity and the facts that `open` wrote; raises BadFile where the file is damaged."""
        return _read(self.folder / HEADER)

    def path(self, setting: Sample) -> Path:
        """Returns the file of a setting's record; its name is the hash of all that decides the result of the trial."""
        return self.folder / "trials" / f"{digest({**self.identity, 'setting': setting})}.json"

    def add(self, trial: Trial) -> bool:
        """Writes a finished trial; returns False and changes nothing where its setting already has a record."""
        return atomic.create_json(self.path(trial.setting), dataclasses.asdict(trial))

    def trials(self) -> list[Trial]:
        """Returns all finished trials in the order of drawing; raises BadFile on a damaged record."""
        found = [self._trial(path) for path in sorted((self.folder / "trials").glob("*.json"))]
        return sorted(found, key=lambda trial: (trial.number, json.dumps(trial.setting, sort_keys=True)))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keeps a second sweep away from this experiment, by a lock that ends with the process, also after a kill."""
        busy = f"{self.folder}: another sweep is writing here; wait for it, or use another --out"
        with hold_lock(self.folder / "lock", busy):
            yield

    def _trial(self, path: Path) -> Trial:
        content = _read(path)
        try:
            history = tuple((int(epoch), float(value)) for epoch, value in content.pop("history"))
            trial = Trial(**content, history=history)
        except (KeyError, TypeError, ValueError):
            raise BadFile(path, "", "not the record of a trial", "delete it to run that trial again") from None
        if self.path(trial.setting) != path:
            raise BadFile(path, "setting", "does not belong to the file's name", "delete it to run that trial again")
        return trial


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFile(path, "", f"unreadable ({error})", "delete it to run that trial again") from error
    if not isinstance(content, dict):
        raise BadFile(path, "", "not a JSON object", "delete it to run that trial again")
    return content
