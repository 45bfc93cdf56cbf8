"""Writes and reads one JSON file for each result: scores, predictions, and where they come from.

The path says what the record is:
<out>/records/<suite>/<data set>/<protocol>/<condition>/<probe>/seed_<seed>/<method>.json
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

from bench.answer import Answer, Findings, SubjectTally
from bench.audit.alarm import Alarm
from bench.audit.captions import CaptionAudit
from bench.methods.cost import Cost
from bench.probes import PROBES
from bench.protocols.plan import Group
from bench.statistics.intervals import Score
from bench.statistics.subgroups import Subgroup
from smile.atomic import read_json, write_json
from smile.data.face import Skipped
from smile.digests import digest
from smile.errors import BadFile
from smile.limits import Amount, Natural, rebuild

#: Raise this whenever a field changes: records of another schema are computed again.
SCHEMA = 6


@dataclass(frozen=True)
class Setting:
    """Holds what results must share to stand in one table; only their seeds may differ."""

    suite: str
    suite_version: int
    data_set: str
    protocol: str  # key of PROTOCOLS, with "_reduced" where the data hold fewer subjects than the protocol wants
    protocol_version: int
    protocol_hash: str  # hash of the tested subjects in each fold; equal wherever the same subjects exist
    condition: str  # key of CONDITIONS: what is done to tested faces
    probe: str  # key of PROBES
    budget: str
    seed: Natural
    config: Mapping[str, Any]  # nested dictionary of plain values, as config.to_dict returns it, without the seed
    data_hash: str
    folds_hash: str  # over counted clips, their classes, the folds, and the pretraining subjects of each encoder
    source_hash: str  # of the code that measures, whoever is measured; the identity of a record covers its method's too


@dataclass(frozen=True)
class Record:
    """Holds one method under one setting. Without a result, `metrics` is empty and `reason` says why."""

    setting: Setting
    method: str  # key of METHODS
    title: str
    family: str
    knows: str  # what its pretraining is told beside images, see Method
    uses_labels: bool
    data_set_title: str
    protocol_title: str
    condition_title: str  # what was done to tested faces; "" where they are as they were scanned
    multilabel: bool
    stand_in: str  # name of what generated the faces; "" for recordings
    clips: Natural  # number of evaluated clips
    subjects: Natural  # number of evaluated subjects
    rounds: Natural  # how many times the folds were dealt
    reduced: str  # e.g. "30 of 101 subjects"; "" for the full protocol
    note: str  # other facts about the folds for a reader of the table
    skipped: tuple[Skipped, ...]
    groups: tuple[Group, ...]  # pretraining subjects and tested folds of each encoder
    metrics: Mapping[str, Score]  # as fractions
    subgroups: tuple[Subgroup, ...]
    predictions: tuple[Answer, ...]
    tallies: tuple[SubjectTally, ...]  # counts of right answers, of probes that give too many predictions to list
    command: str
    commit: str
    versions: Mapping[str, str]
    seconds: Amount  # of fit, embedding and probe, over all encoders, as if nothing else had been measured with them
    device: str
    reason: str = ""
    failed: bool = False  # True where `reason` is a fault; False where the data lack what the method needs
    captions: CaptionAudit | None = None  # what the captions of its pretraining reveal of the labels
    cost: Cost | None = None  # of its encoders; None where nothing was fitted
    identity: str = ""  # see `identify`
    audit: tuple[Alarm, ...] = ()  # what only the run could see, as copies of scans; older records have none
    trials: Natural = 0  # settings among which those of the method were chosen; 0: its defaults, or an older record

    @property
    def key(self) -> str:
        """The setting as one text that can be compared; it is equal for all seeds."""
        return json.dumps({**asdict(self.setting), "seed": None}, sort_keys=True)

    @property
    def findings(self) -> Findings:
        """What the probe found."""
        return Findings(self.predictions, self.tallies)


def identify(setting: Setting, method: str, source: str) -> str:
    """Returns the first 16 hexadecimal digits of the SHA-256 over all that decides a result.

    `source` is the hash of the method's code, settings and weights, as `origins.hash_method` gives it.
    """
    return digest([SCHEMA, method, asdict(setting), source])


def record_path(out: Path, setting: Setting, method: str) -> Path:
    """Returns the path of a method's record below the results folder."""
    place = out / "records" / setting.suite / setting.data_set / setting.protocol / setting.condition / setting.probe
    return place / f"seed_{setting.seed}" / f"{method}.json"


def write_record(out: Path, record: Record) -> Path:
    """Writes a record atomically, with a checksum over its content; returns the path."""
    content = {"schema": SCHEMA, **asdict(record)}
    path = record_path(out, record.setting, record.method)
    write_json(path, {**content, "checksum": _checksum(content)})
    return path


def read_record(path: Path) -> Record:
    """Reads a record. Raises BadFile where the file is damaged, altered, or of another schema."""
    remedy = "it is computed again by the command that wrote it"
    content = read_json(path, remedy)
    checksum, schema = content.pop("checksum", None), content.get("schema")
    if schema != SCHEMA:
        raise BadFile(path, "schema", f"{schema!r} instead of {SCHEMA}", remedy)
    try:
        if checksum != _checksum(content):
            raise BadFile(path, "checksum", "does not fit the content", remedy)
        del content["schema"]
        content = {"audit": [], "trials": 0, **content}  # an older record has none
        record: Record = rebuild(Record, content)
    except (ValueError, RecursionError) as error:
        raise BadFile(path, "", f"not a record ({error})", remedy) from None
    if reason := _find_lack(record):
        raise BadFile(path, "", f"not a record ({reason})", remedy)
    return record


def _find_lack(record: Record) -> str:
    """Returns what a record does not say that every reader wants; "" where it says all."""
    main = PROBES[record.setting.probe].main if record.setting.probe in PROBES else "accuracy"
    if record.metrics and main not in record.metrics:
        return f"metrics: no {main}"
    return "" if record.metrics or record.reason else "neither a result nor a reason"


def read_records(out: Path, suite: str = "") -> tuple[list[Record], list[BadFile]]:
    """Returns all records of a suite, or of every one, in the order of their paths; and an error for each other file.

    A copy under another name, as programs make that keep folders alike, would count as one more seed: it is an error.
    """
    records, damaged = [], []
    for path in sorted((out / "records" / suite).rglob("*.json")):
        if path.name.startswith("."):  # unfinished file of a killed run
            continue
        try:
            records.append(_read_placed(out, path))
        except BadFile as error:
            damaged.append(error)
    return records, damaged


def _read_placed(out: Path, path: Path) -> Record:
    record = read_record(path)
    own = record_path(out, record.setting, record.method)
    if normalize("NFC", str(own)) != normalize("NFC", str(path)):
        raise BadFile(path, "", f"holds what belongs in {own.relative_to(out)}", "move it there, or delete this copy")
    return record


def _checksum(content: Mapping[str, Any]) -> str:
    return digest(content, 64)
