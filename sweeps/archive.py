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
from smile.limits import Count, Natural, read_regular, rebuild
from sweeps.draw.ranges import read_ranges
from sweeps.ledger import HEADER, HEADER_REMEDY, Ledger, Trial, build_trial, open_ledger

_REMEDY = "take it from git again, or delete it: python -m sweeps.run report STUDY makes it from the records"


@dataclass(frozen=True)
class _Epochs:
    epochs: Count


@dataclass(frozen=True)
class _Config:
    training: Mapping[str, Any]


@dataclass(frozen=True)
class _Identity:
    """What a report reads of an identity, which may say more."""

    purpose: str
    ranges: Mapping[str, Mapping[str, Any]]
    default: Mapping[str, Any]
    config: Mapping[str, Any]
    seed: Natural
    data: str
    subjects: str


@dataclass(frozen=True)
class _Data:
    title: str
    stand_in: str
    pretraining_clips: Natural
    pretraining_subjects: Natural
    validation_clips: Natural
    validation_subjects: Natural


@dataclass(frozen=True)
class _About:
    """What a report reads of the line on the study, which may say more."""

    data: _Data
    objective: str
    precision: str
    kept_apart: str
    command: str
    commit: str
    sampler: str
    scheduler: str
    device: str
    versions: Mapping[str, str]


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
    """Returns what lies in a ledger; raises BadFile where a file of it is damaged."""
    found = Experiment(ledger.about(), ledger.trials())
    try:
        _check(found.about)
    except ValueError as error:
        raise BadFile(ledger.folder / HEADER, "", f"not what a sweep wrote ({error})", HEADER_REMEDY) from None
    return found


def find_archive(name: str, out: Path) -> Path:
    """Returns the place of the file of a study."""
    return out / f"{name}.jsonl"


def write_archive(experiment: Experiment, path: Path) -> None:
    """Writes the experiment into one file, settings in the order of the records: reports list them in that order."""
    rows = [experiment.about, *(_tell(trial) for trial in experiment.trials)]
    lines = (json.dumps(row, allow_nan=False, separators=(",", ":")) for row in rows)
    atomic.write_text(path, "".join(f"{line}\n" for line in lines))


def _tell(trial: Trial) -> dict[str, Any]:
    """Returns a trial as plain data; what an old record does not tell is left out, so that its line stays as it is."""
    return {key: value for key, value in dataclasses.asdict(trial).items() if key != "ended" or value is not None}


def read_archive(path: Path) -> Experiment:
    """Returns the experiment in a file that `write_archive` wrote; raises BadFile on another one, naming the line."""
    about, trials = None, list[Trial]()
    try:
        lines = read_regular(path).decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, "", f"cannot be read ({error})", _REMEDY) from None
    for number, line in enumerate(lines, start=1):
        try:
            row = parse_json(line.encode())
            if about is None:
                about = _check(row)
            else:
                trials.append(_build(row, about))
        except ValueError as error:
            raise BadFile(path, f"line {number}", f"is none that a sweep wrote ({error})", _REMEDY) from None
    if about is None:
        raise BadFile(path, "line 1", "says nothing of the experiment", _REMEDY)
    lines_of: dict[str, int] = {}
    for number, trial in enumerate(trials, start=2):
        other = lines_of.setdefault(json.dumps(trial.setting, sort_keys=True), number)
        if other != number:
            raise BadFile(path, f"line {number}", f"is of the same setting as line {other}", _REMEDY)
    return Experiment(about, trials)


def _check(about: Any) -> dict[str, Any]:
    """Returns what is said of an experiment; ValueError where it lacks what a report reads, or holds something else."""
    found: dict[str, Any] = _require(_About, about, "")
    identity = _require(_Identity, found.get("identity"), "identity")
    _require(_Epochs, _require(_Config, identity["config"], "identity.config")["training"], "identity.config.training")
    ranges = read_ranges(identity["ranges"])
    if missing := ranges.keys() - identity["default"].keys():
        raise ValueError(f"identity.default: does not say {', '.join(sorted(missing))}")
    return found


def _require(kind: Any, content: Any, place: str) -> dict[str, Any]:
    """Returns the content where it has what a dataclass states, and maybe more; ValueError elsewhere."""
    if not isinstance(content, dict):
        raise ValueError(f"{place or 'the line'}: not named values")
    names = {field.name for field in dataclasses.fields(kind)}
    rebuild(kind, {name: value for name, value in content.items() if name in names}, place)
    return content


def _build(row: Any, about: Mapping[str, Any]) -> Trial:
    """Returns the trial of a line; ValueError where it is none of this experiment."""
    trial, default = build_trial(row), about["identity"]["default"]
    if missing := default.keys() - trial.setting.keys():
        raise ValueError(f"setting: does not say {', '.join(sorted(missing))}")
    if any(isinstance(value, (dict, list)) for value in trial.setting.values()):
        raise ValueError("setting: holds more than plain values")
    return trial


def list_experiments(name: str, out: Path) -> dict[Path, Experiment]:
    """Returns every experiment of a study below `out`, by the folder of its ledger, or else by its file.

    The file counts too where its ledger has lost all trials, so that no report is written without them.
    """
    folders = sorted(file.parent for file in (out / name).glob(f"*/{HEADER}"))
    found = {folder: read_experiment(open_ledger(folder)) for folder in folders}
    path = find_archive(name, out)
    if path.exists():
        kept = read_archive(path)
        emptied = [folder for folder, own in found.items() if folder.name == kept.identifier and not own.trials]
        for folder in emptied:
            del found[folder]
        if kept.identifier not in {folder.name for folder in found}:
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
