"""Writes clips of micro-expressions in the layout of 4DME: meshes by subject and clip, and the workbook of labels."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import openpyxl

from smile.atomic import write_bytes
from smile.data import facs
from smile.data.action_units import Coded, Coding
from smile.data.face import Clip, name_labels
from smile.data.formats.table import read_table
from smile.data.stand_in import COMMENT
from smile.errors import UserError
from smile.sets.fourdme import FPS
from smile.sets.fourdme_table import COLUMNS, JOINT, RELEASE
from smile.stand_ins.cast import Program
from smile.stand_ins.export.folders import name_folders
from smile.stand_ins.export.frames import write_frames
from smile.stand_ins.export.tree import TreePart, write_tree
from smile.stand_ins.performance import MICRO, generator

#: What subjects act for this layout: one clip of each class and two clips of two classes, at 60 frames per second.
FOURDME_PROGRAM = Program(
    acts=(*((name,) for name in facs.MICRO_CLASSES), ("Surprise", "Positive"), ("Negative", "Repression")),
    difficulty=MICRO,
    frames=round(FPS * MICRO.seconds),
)

_TITLE = "4DME"
_HEAD = (*COLUMNS, *facs.MICRO_CLASSES, "Total")
_ACTIVE = 0.05  # fraction of its peak from which a movement is visible, at its start and end
_TRACE = 0.02  # smallest visible strength of a unit
_KEPT = 0.2  # fraction of clips with a unit that is held all the time, marked (k)
_GAP = 200  # frame numbers between the starts of a subject's clips, as in a long recording
_SUBJECT = re.compile(r"S\d{2,}", re.ASCII)
_WHEN = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def export_fourdme(clips: Iterable[Clip], out: Path, made_by: str, progress: Callable[[int, int], None]) -> None:
    """Writes `clips` in the layout of 4DME below `out`, marked with `made_by`; see write_tree for reuse and refusals.

    The workbook keeps the rows that it already has. Raises UserError where a clip has no label, or a label that is no
    class of 4DME, and where its action units are unknown.
    """
    named = _name_folders(tuple(clips))
    codings = {name: _code(clip) for name, clip in named.items()}
    firsts = {name: 1 + _GAP * (int(name.partition("/")[2][:3]) - 1) for name in named}
    parts = {
        name: TreePart(clip.content_key, partial(_write_clip, clip, name, firsts[name], made_by))
        for name, clip in named.items()
    }
    write_tree(out, parts, made_by, _TITLE, progress)
    rows = {name: _label(clip, name, firsts[name], codings[name]) for name, clip in named.items()}
    _write_workbook(out / RELEASE, rows, made_by)


def _name_folders(clips: Sequence[Clip]) -> dict[str, Clip]:
    """Returns folder -> clip, e.g. "S01/001_01_1"; the first number of the clip's name encodes its class."""
    subjects = sorted({clip.subject for clip in clips})
    numbers = {subject: subject for subject in subjects if _SUBJECT.fullmatch(subject)}
    free = (name for name in (f"S{n:02d}" for n in range(1, 10_000)) if name not in numbers)
    numbers = {subject: numbers.get(subject) or next(free) for subject in subjects}

    def name(clip: Clip) -> str:
        if not clip.labels or not set(clip.labels) <= set(facs.MICRO_CLASSES):
            shown = name_labels(clip.labels)
            raise UserError(f"clip {clip.id}: {shown!r} is no class of {_TITLE}; leave such clips out")
        kinds = [list(facs.MICRO_CLASSES).index(label) + 1 for label in clip.labels]
        return f"{numbers[clip.subject]}/{kinds[0] + 10 * sum(kinds[1:]):03d}_01_1"

    return name_folders(clips, name)


def _code(clip: Clip) -> Coding:
    if not isinstance(clip.frames, Coded):
        raise UserError(f"clip {clip.id}: its action units are not known, and {_TITLE} has key frames; leave it out")
    return clip.frames.code()


def _write_clip(clip: Clip, name: str, first: int, made_by: str, root: Path) -> None:
    folder = root / name
    write_frames(clip, made_by, lambda n: folder / f"{n + first:04d}.obj", lambda n: folder / f"{n + first:04d}.bnd")


def _label(clip: Clip, name: str, first: int, coding: Coding) -> tuple[object, ...]:
    """Returns a clip's row of the workbook."""
    activity = coding.strengths.sum(axis=1)
    seen = np.flatnonzero(activity > _ACTIVE * activity.max())
    units = [unit for unit, peak in zip(coding.units, coding.strengths.max(axis=0), strict=True) if peak > _TRACE]
    rng = generator(0, "kept", clip.id)
    if rng.random() < _KEPT:
        units += [f"{rng.choice([unit for unit in (4, 15, 17, 24) if str(unit) not in coding.units])}(k)"]
    key_frames = (int(frame) + first for frame in (seen[0], activity.argmax(), seen[-1]))
    flags = [int(label in clip.labels) for label in facs.MICRO_CLASSES]
    sub_id, _, fold_name = name.partition("/")
    text = f"AU{JOINT.join(units)}" if units else ""
    return (sub_id, fold_name, JOINT.join(clip.labels), *key_frames, text, *flags, sum(flags))


def _write_workbook(path: Path, rows: Mapping[str, tuple[object, ...]], made_by: str) -> None:
    """Writes the table, and keeps the rows that it already has; equal rows give equal bytes."""
    held = read_table(path, "delete it and export again")[1:] if path.exists() else []
    known = {f"{cells[0]}/{cells[1]}": tuple(int(c) if c.isdecimal() else c for c in cells) for _, cells in held}
    book = openpyxl.Workbook()
    book.active.title = "labels"
    for row in (_HEAD, *(row for _, row in sorted((known | dict(rows)).items()))):
        book.active.append(row)
    book.create_sheet("stand-in").append((COMMENT + made_by,))
    content, stamped = io.BytesIO(), io.BytesIO()
    book.save(stamped)
    # openpyxl writes the current time into the table and into each entry of the archive.
    with zipfile.ZipFile(stamped) as source, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            body = _WHEN.sub(rb"\g<1>2000-01-01T00:00:00Z", source.read(entry))
            target.writestr(zipfile.ZipInfo(entry.filename), body, zipfile.ZIP_DEFLATED)
    write_bytes(path, content.getvalue())
