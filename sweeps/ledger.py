"""Keeps finished trials on disk: one JSON record per trial, which survives a kill and is never overwritten."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smile import atomic
from smile.atomic import read_json
from smile.digests import digest
from smile.errors import BadFile, UserError
from smile.limits import Amount, Natural, rebuild
from smile.locks import hold_lock
from sweeps.studies import Sample

COMPLETE, PRUNED, FAILED = "complete", "pruned", "failed"

#: What the reason of a trial begins with that failed through no fault of its setting.
LOST = "its worker was lost"

HEADER = "experiment.json"

#: The folder of a study that holds the trials of `confirm`.
CONFIRMATION = "confirmation"
#: The folder of a study that holds the trials of `front`.
FRONT = "front"
#: The folder of a study that holds the trainings of the default, by which it is decided how often a trial trains.
CALIBRATION = "calibration"

#: Says which process writes.
_WRITER = "writer.json"

_REMEDY = "delete it to run that trial again"
#: For a damaged HEADER.
HEADER_REMEDY = "delete it: the same command makes it anew, and keeps the trials"


@dataclass(frozen=True)
class Trial:
    """Holds a finished trial: its setting and its result."""

    number: Natural  # place in the order of drawing; 0 is the default setting
    setting: Sample  # dotted key -> value
    state: str  # COMPLETE | PRUNED (stopped early by ASHA) | FAILED
    objective: float | None  # last reported value, at the end or where the trial was pruned; None if failed
    history: tuple[tuple[Natural, float], ...]  # (epochs done, objective)
    reason: str  # why the trial failed; empty otherwise
    seconds: Amount
    # validation subject -> (what was right, clips)
    right: Mapping[str, tuple[Amount, Natural]] = field(default_factory=dict)
    drawn_by: str = ""  # sampler of the command that ran it
    also: Mapping[str, float] = field(default_factory=dict)  # objective -> its number, where the trial ended
    ended: Amount | None = None  # seconds since 1970; None in a record from before this was kept

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
        if not atomic.create_json(self.folder / HEADER, {"identity": self.identity, **about}):
            # Before trials run, not after.
            found, versions = self.about(), about.get("versions")
            if found.get("identity") != self.identity or not _is_like(
                {**found, "versions": versions}, {"identity": self.identity, **about, "versions": versions}
            ):
                raise BadFile(self.folder / HEADER, "", "not what a sweep wrote", HEADER_REMEDY)

    def about(self) -> dict[str, Any]:
        """Reads the identity and the facts that `open` wrote. Raises BadFile where the file is damaged."""
        return read_json(self.folder / HEADER, HEADER_REMEDY)

    @property
    def title(self) -> str:
        """What Optuna's dashboard calls the experiment, e.g. "loss_weights/3f2a91bc07d4e655"."""
        place = self.folder.parent
        names = [place.parent.name, place.name] if place.name in (CALIBRATION, CONFIRMATION, FRONT) else [place.name]
        return "/".join([*names, self.folder.name])

    @property
    def scratch(self) -> Path:
        """Folder of files that only a running sweep needs."""
        return self.folder / "tune"

    def path(self, setting: Sample) -> Path:
        """Returns the file of a setting's record; its name is the hash of all that decides the result of the trial."""
        return self.folder / "trials" / f"{digest({**self.identity, 'setting': setting})}.json"

    def add(self, trial: Trial) -> bool:
        """Writes a finished trial; returns False and changes nothing where its setting already has a record."""
        return atomic.create_json(self.path(trial.setting), dataclasses.asdict(trial))

    def trials(self) -> list[Trial]:
        """Returns all finished trials in the order of drawing. Raises BadFile on a damaged record."""
        files = sorted((self.folder / "trials").glob("*.json"))
        found = [self._trial(path) for path in files if not path.name.startswith(".")]  # those are being written
        return sorted(found, key=lambda trial: (trial.number, json.dumps(trial.setting, sort_keys=True)))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keeps a second sweep away from this experiment, by a lock that ends with the process, also after a kill."""
        busy = f"{self.folder}: another sweep is writing here; wait for it, or use another --out"
        with hold_lock(self.folder / "lock", busy):
            # What a killed sweep left.
            shutil.rmtree(self.scratch, ignore_errors=True)
            atomic.forget_unfinished(self.folder, below=True)
            atomic.write_json(self.folder / _WRITER, {"host": socket.gethostname(), "process": os.getpid()})
            try:
                yield
            finally:
                (self.folder / _WRITER).unlink(missing_ok=True)

    def find_writer(self) -> tuple[str, int] | None:
        """Returns host and process of the sweep that writes here; None where none does."""
        try:
            with hold_lock(self.folder / "lock", "busy"):
                return None
        except UserError:
            pass
        try:
            said = atomic.read_json(self.folder / _WRITER, "")
            return str(said["host"]), int(said["process"])
        except (BadFile, KeyError, TypeError, ValueError):
            return "", 0

    def _trial(self, path: Path) -> Trial:
        content = read_json(path, _REMEDY)
        try:
            trial = build_trial(content)
        except ValueError as error:
            raise BadFile(path, "", f"not the record of a trial ({error})", _REMEDY) from None
        if self.path(trial.setting) != path:
            raise BadFile(path, "setting", "does not belong to the file's name", _REMEDY)
        return trial


def open_ledger(folder: Path) -> Ledger:
    """Returns the ledger of an experiment's folder. Raises BadFile where its identity is damaged."""
    content = read_json(folder / HEADER, HEADER_REMEDY)
    ledger = Ledger(folder.parent, content.get("identity", {}))
    if ledger.folder != folder:
        raise BadFile(folder / HEADER, "identity", "does not belong to the folder's name", HEADER_REMEDY)
    return ledger


def build_trial(content: dict[str, Any]) -> Trial:
    """Returns the trial that `add` wrote; ValueError where one field is not what it can be."""
    trial: Trial = rebuild(Trial, {"ended": None, **content})
    failed, epochs = trial.state == FAILED, [epoch for epoch, _ in trial.history]
    sound = {
        "state": trial.state in (COMPLETE, PRUNED, FAILED),
        "history": epochs == sorted(set(epochs)) and (failed or bool(epochs)),
        "objective": trial.objective == (None if failed else trial.history[-1][1] if trial.history else 0.0),
        "reason": failed == bool(trial.reason),
        "right": all(told <= clips for told, clips in trial.right.values()),
    }
    if faults := [name for name, holds in sound.items() if not holds]:
        raise ValueError(f"{faults[0]}: {str(content[faults[0]])[:80]!r}")
    return trial


def _is_like(found: Any, model: Any) -> bool:
    """Whether plain data have the shape of other plain data: the same keys, values of the same kinds."""
    if not isinstance(model, dict) or not isinstance(found, dict):
        return type(found) is type(model)
    return found.keys() == model.keys() and all(_is_like(found[key], model[key]) for key in model)
