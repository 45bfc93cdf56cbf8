"""Keeps the trials of an experiment in one file that is committed: STUDY.jsonl, a line on the study, then one a trial.

The records of a running sweep lie in a folder that git ignores. With this file, a fresh clone reports, replays and goes
on without running a trial again.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smile import atomic
from smile.atomic import parse_json
from smile.digests import digest
from smile.errors import BadFile
from smile.limits import read_regular
from sweeps.ledger import HEADER, Ledger, Trial, build_trial, open_ledger

_REMEDY = "take it from git again, or delete it: python -m sweeps.run report STUDY makes it from the records"


@dataclass(frozen=True)
class Experiment:
    """Holds an experiment, whether its records lie in a ledger or in one file."""

    about: Mapping[str, Any]  # with its identity
    trials: Sequence[Trial]

    @property
    def identifier(self) -> str:
        """The name of its ledger: a hash of all that decides a score besides the setting."""
        return digest(self.about["identity"])


def read_experiment(ledger: Ledger) -> Experiment:
    """Returns what lies in a ledger."""
    return Experiment(ledger.about(), ledger.trials())


def find_archive(name: str, out: Path) -> Path:
    """Returns the place of the file of a study."""
    return out / f"{name}.jsonl"


def write_archive(experiment: Experiment, path: Path) -> None:
    """Writes the experiment into one file, settings in the order of the records: reports list them in that order."""
    rows = [experiment.about, *(dataclasses.asdict(trial) for trial in experiment.trials)]
    lines = (json.dumps(row, allow_nan=False, separators=(",", ":")) for row in rows)
    atomic.write_text(path, "".join(f"{line}\n" for line in lines))


def read_archive(path: Path) -> Experiment:
    """Returns the experiment in a file that `write_archive` wrote; raises BadFile on another one, naming the line."""
    rows = []
    try:
        lines = read_regular(path).decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, "", f"cannot be read ({error})", _REMEDY) from None
    for number, line in enumerate(lines, start=1):
        try:
            row = parse_json(line.encode())
            rows.append(build_trial(row) if number > 1 else row)
        except ValueError as error:
            raise BadFile(path, f"line {number}", f"is none that a sweep wrote ({error})", _REMEDY) from None
    if not rows or not isinstance(rows[0], dict) or not isinstance(rows[0].get("identity"), dict):
        raise BadFile(path, "line 1", "says nothing of the experiment", _REMEDY)
    return Experiment(rows[0], rows[1:])


def list_experiments(name: str, out: Path) -> dict[Path, Experiment]:
    """Returns every experiment of a study below `out`, by the folder of its ledger, or else by its file."""
    folders = sorted(file.parent for file in (out / name).glob(f"*/{HEADER}"))
    found = {folder: read_experiment(open_ledger(folder)) for folder in folders}
    path = find_archive(name, out)
    if path.exists():
        kept = read_archive(path)
        if kept.identifier not in {folder.name for folder in folders}:
            found[path] = kept
    return found


def take_over(ledger: Ledger, name: str, out: Path) -> int:
    """Fills a ledger without trials from the file of the study, where that holds the same experiment; returns how many.

    A ledger with trials is left alone, so that a record can be deleted to run its trial again.
    """
    path = find_archive(name, out)
    if not path.exists() or ledger.trials():
        return 0
    kept = read_archive(path)
    if kept.identifier != ledger.folder.name:
        return 0
    return sum(ledger.add(trial) for trial in kept.trials)


def forget_others(name: str, identifier: str, out: Path) -> None:
    """Removes what `confirm` wrote into `out` of another experiment: a recipe would take it for this one's."""
    path = out / f"{name}.confirmed.json"
    if path.exists() and atomic.read_json(path, "delete it").get("experiment") != identifier:
        path.unlink()
        path.with_suffix(".jsonl").unlink(missing_ok=True)


def find_place(name: str, ledger: Ledger, out: Path, replace: bool) -> Path:
    """Returns the folder of the report: `out`, or the ledger's own where `out` holds that of another experiment.

    With `replace`, the report of another experiment is given up.
    """
    path = find_archive(name, out)
    if replace or not (path.exists() or (out / f"{name}.md").exists()):
        return out
    ours = path.exists() and read_archive(path).identifier == ledger.folder.name
    return out if ours else ledger.folder
