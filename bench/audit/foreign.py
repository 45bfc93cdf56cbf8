"""Judges a split of other people: people, clips, scans, pretraining, choice of settings, captions.

A check that cannot be made, e.g. without the scans, is said, and is no alarm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.audit.alarm import AMBER, CHECKS, Alarm, Grade
from bench.audit.captions import audit_captions
from bench.audit.folds_file import FoldRow
from bench.audit.likeness import describe_copy
from bench.audit.names import reduce_name, split_frame
from bench.audit.rows import grade_captions
from bench.audit.scans import Likeness, Shot, compare_shots, take_shot
from bench.audit.seats import PRETRAIN, SELECT, Seat
from bench.audit.splits import judge_clips, judge_people, judge_scans
from smile.data.face import Clip, DataSet
from smile.data.names import find_path, fold
from smile.errors import UserError
from smile.rendering.views import OF
from smile.sets.loose_scans import find_clips

#: Faults that a line names.
_NAMED = 3


@dataclass(frozen=True)
class SplitAudit:
    """Holds what was found in a split."""

    rows: int
    subjects: int
    folds: int
    grade: Grade
    unchecked: Mapping[str, str]  # check -> why it could not be made
    compared: int  # scans
    faults: tuple[tuple[str, str], ...]  # (scan, reason) of those that could not be compared


def judge_split(
    rows: Sequence[FoldRow],
    data_sets: Sequence[DataSet],
    cache: Path,
    progress: Callable[[str, int, int], None],
    workers: int | None = None,
) -> SplitAudit:
    """Audits the rows of a split; scans come from paths, or from clips of `data_sets` with the name of the row."""
    seats = [row.seat for row in rows]
    shots, where, lost = _find_scans(rows, data_sets)
    found = compare_shots(shots, cache, progress, workers) if len(shots) > 1 else Likeness((), (), ())
    faults = (*lost, *found.faults)
    files = {row.seat.line: str(find_path(row.path).resolve()) for row in rows if row.path}
    alarms = [*judge_people(seats), *judge_clips(seats, files), *judge_scans(list(_pair(found, where)))]
    alarms += [*_judge_captions(rows), *_judge_faults(faults)]
    unchecked = dict(_list_unchecked(rows, bool(shots)))
    people = {reduce_name(seat.subject) for seat in seats}
    folds = {(seat.fold, seat.role) if seat.role else (seat.fold,) for seat in seats}
    return SplitAudit(len(rows), len(people), len(folds), Grade(tuple(alarms)), unchecked, len(found.shots), faults)


def _find_scans(
    rows: Sequence[FoldRow], data_sets: Sequence[DataSet]
) -> tuple[list[Shot], dict[tuple[str, str], list[Seat]], list[tuple[str, str]]]:
    """Returns one scan for each (name, person), the seats that use it, and (name, reason) of scans that are lost."""
    known = {
        fold(name): clip for one in data_sets for clip in one.clips for name in (clip.id, f"{one.name}{OF}{clip.id}")
    }
    shots: dict[tuple[str, str], Shot] = {}
    seats: dict[tuple[str, str], list[Seat]] = {}
    lost: list[tuple[str, str]] = []
    for row in rows:
        subject, clip = reduce_name(row.seat.subject), row.seat.clip
        try:
            shot = _open_path(row.path, subject, clip) if row.path else _find_clip(known, subject, clip)
        except UserError as error:
            lost.append((clip, str(error)))
            continue
        if shot is not None:
            shots.setdefault((shot.name, subject), shot)
            seats.setdefault((shot.name, subject), []).append(row.seat)
        elif data_sets:
            lost.append((clip, "no clip of --data has this name"))
    return list(shots.values()), seats, lost


def _open_path(path: Path, subject: str, clip: str) -> Shot:
    clips = find_clips([find_path(path)])
    if len(clips) != 1:
        raise UserError(f"{path} holds {len(clips)} clips; name a mesh file, or the folder of one clip")
    return take_shot(clips[0], subject, clip)


def _find_clip(known: Mapping[str, Clip], subject: str, name: str) -> Shot | None:
    """Returns the scan of the clip with this name, or of frame 3 where the name is that of a clip and /3."""
    if found := known.get(fold(name)):
        return take_shot(found, subject, name)
    parts = split_frame(name)
    clip = known.get(parts[0]) if parts else None
    return take_shot(clip, subject, name, parts[1]) if clip and parts and parts[1] < len(clip.frames) else None


def _pair(found: Likeness, where: Mapping[tuple[str, str], Sequence[Seat]]) -> Iterator[tuple[Seat, Seat, str]]:
    for copy in found.copies:
        one, other = found.shots[copy.first], found.shots[copy.second]
        said = describe_copy(copy)
        for first in where[one.name, one.subject]:
            yield from ((first, second, said) for second in where[other.name, other.subject])


def _judge_captions(rows: Sequence[FoldRow]) -> list[Alarm]:
    told = [row for row in rows if row.caption and row.label]
    if not told:
        return []
    labels = [(row.label,) for row in told]
    subjects = [reduce_name(row.seat.subject) for row in told]
    return grade_captions(audit_captions([row.caption for row in told], labels, subjects, 0), uses_labels=False)


def _judge_faults(faults: Sequence[tuple[str, str]]) -> Iterator[Alarm]:
    if faults:
        named = "; ".join(f"{name}: {reason}" for name, reason in faults[:_NAMED])
        named += f"; and {len(faults) - _NAMED} more" * (len(faults) > _NAMED)
        yield Alarm("scans", AMBER, f"{len(faults)} scan{'s' * (len(faults) > 1)} could not be compared: {named}")


def _list_unchecked(rows: Sequence[FoldRow], scans: bool) -> Iterator[tuple[str, str]]:
    roles = {row.seat.role for row in rows}
    if not scans:
        yield "scans", "no scans are named: add a column path, or --data"
    if PRETRAIN not in roles:
        yield "pretraining", "no line has the role pretrain"
    if SELECT not in roles:
        yield "choice", "no line has the role select"
    if not any(row.caption and row.label for row in rows):
        yield "captions", "no line has a label and a caption"


def tabulate_checks(found: SplitAudit) -> list[tuple[str, str, str]]:
    """Returns (check, colour, reason) of every check, in the order of CHECKS; one that was not made has no colour."""
    rows = []
    for check in CHECKS:
        own = Grade(tuple(alarm for alarm in found.grade.alarms if alarm.check == check))
        if own.alarms or check not in found.unchecked:
            rows.append((check, own.colour, own.reason or f"nothing found: {CHECKS[check]}"))
        else:
            rows.append((check, "not checked", found.unchecked[check]))
    return rows
