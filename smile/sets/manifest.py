"""Reads scans that a table lists: the file, the subject and the label of each scan.

The table is a .csv or .xlsx file with the columns path, subject and label, and optionally frame, clip, texture and
landmarks. Other columns become attributes, such as sex, age or ancestry.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

from smile.data.archives import exists, find_file, lasting
from smile.data.disk import ScanFiles, hash_files, no_clips
from smile.data.face import Clip, DataSet, Scan, Skipped
from smile.data.formats.mesh import is_mesh
from smile.data.formats.table import parse_whole, read_table
from smile.data.names import fold, is_unknown
from smile.data.stand_in import name_makers, read_marker
from smile.errors import BadFile, UserError
from smile.limits import tell_absence
from smile.sets.frame_files import MARKS, picture_of, read_frame, read_maker, read_marks
from smile.sets.reader import Reader

#: File name to look for where the user gives a folder.
FILE = "manifest.csv"

_REQUIRED = ("path", "subject", "label")
_EXPECTS = f"a table of scans with the columns {', '.join(_REQUIRED)}"
_OPTIONAL = ("frame", "clip", "texture", "landmarks")
_REMEDY = "see docs/data.md for what a manifest says"
_MEND = "correct the path, or delete the line"


@dataclass(frozen=True)
class _Entry:
    """Holds one line of the table, which is one scan."""

    line: int
    clip: str  # what its clip is to be called
    group: tuple[str, ...]  # equal in the lines of one clip alone
    subject: str
    label: str
    frame: int | None
    scan: Path
    texture: Path | None
    landmarks: Path | None
    attributes: tuple[tuple[str, str], ...]


def read_manifest(root: Path) -> DataSet:
    """Reads the clips of a manifest in its order; `root` is the table, or a folder that holds manifest.csv.

    Relative paths start at the table's folder and must stay inside it; write an absolute path for a file elsewhere.
    Lines with the same clip are its frames, sorted by `frame`, or else in the order of lines. A line without clip and
    frame is a clip of its own. A clip without any existing scan is skipped, with a reason. Missing textures and
    landmarks are reported. Raises BadFile with the line where the table is wrong; UserError where no clip can be used.
    """
    file = _find_table(root).resolve()
    groups: dict[tuple[str, ...], list[_Entry]] = {}
    for entry in _name_clips(file, _read_entries(file)):
        groups.setdefault(entry.group, []).append(entry)
    skipped: list[Skipped] = []
    clips = [clip for entries in groups.values() if (clip := _make_clip(file, entries, skipped))]
    if not clips:
        raise no_clips(f"manifest: {file} lists no scan that is there", skipped)
    first_scans = [clip.frames.scans[0] for clip in clips if isinstance(clip.frames, ScanFiles)]
    makers = read_marker(file.parent).union(*map(read_maker, first_scans))
    title = file.parent.name if file.name == FILE else file.stem
    return DataSet("manifest", title, tuple(clips), tuple(skipped), name_makers(makers))


def _read_entries(file: Path) -> list[_Entry]:
    (number, head), *lines = read_table(file, _REMEDY) or [(1, [""])]
    columns = _read_head(file, number, head)
    entries: list[_Entry] = []
    for number, cells in lines:
        if len(cells) > len(columns):
            raise BadFile(file, f"line {number}", f"{len(cells)} cells where the head has {len(columns)}", _REMEDY)
        entries.append(_read_entry(file, number, dict(zip(columns, cells, strict=False))))
    return entries


def _read_head(file: Path, number: int, head: Sequence[str]) -> list[str]:
    """Returns the names of the columns; raises BadFile where one is missing or there twice."""
    columns = [fold(cell) if fold(cell) in (*_REQUIRED, *_OPTIONAL) else cell for cell in head]
    missing = [name for name in _REQUIRED if name not in columns]
    double = [name for name in columns if name and columns.count(name) > 1]
    if missing or double:
        reason = f"no column {missing[0]!r}" if missing else f"two columns {double[0]!r}"
        remedy = f"part columns by commas, semicolons or tabs; {_REMEDY}" if len(head) == 1 else _REMEDY
        raise BadFile(file, f"line {number}", reason, remedy)
    _refuse_misspelt(file, number, columns)
    return columns


def _refuse_misspelt(file: Path, number: int, columns: Sequence[str]) -> None:
    """Raises BadFile where a column, else an attribute, is nearly one that means something and is not there."""
    lacking = [name for name in _OPTIONAL if name not in columns]
    for name in columns:
        close = difflib.get_close_matches(fold(name), lacking, 1, 0.8)
        if close and name not in (*_REQUIRED, *_OPTIONAL):
            said = f"column {name!r}: did you mean {close[0]!r}?"
            raise BadFile(file, f"line {number}", said, "rename it, also where it is an attribute of yours")


def _read_entry(file: Path, line: int, cells: Mapping[str, str]) -> _Entry:
    _check_cells(file, line, cells)
    scan, texture, landmarks = (_locate(file, line, name, cells) for name in ("path", "texture", "landmarks"))
    assert scan is not None  # path is never empty
    _check_suffixes(file, line, scan, landmarks)
    clip, group = _group(cells, str(scan))
    known = (*_REQUIRED, *_OPTIONAL)
    return _Entry(
        line=line,
        clip=clip,
        group=group,
        subject=cells["subject"],
        label=cells["label"],
        frame=parse_whole(cells.get("frame", "")),
        scan=scan,
        texture=texture,
        landmarks=landmarks,
        attributes=tuple((name, cell) for name, cell in cells.items() if name and cell and name not in known),
    )


def _check_cells(file: Path, line: int, cells: Mapping[str, str]) -> None:
    for name in _REQUIRED:
        if not cells.get(name):
            raise BadFile(file, f"line {line}", f"{name} is empty", _REMEDY)
    for name in ("subject", "label", "clip"):
        if is_unknown(cells.get(name, "")):
            said = f"{name} {cells[name]!r} is what programs write where nothing is known"
            raise BadFile(file, f"line {line}", said, "name it, or delete the line")
    frame = cells.get("frame", "")
    if frame and parse_whole(frame) is None:
        raise BadFile(file, f"line {line}", f"frame {frame[:40]!r} is not a whole number", _REMEDY)


def _check_suffixes(file: Path, line: int, scan: Path, landmarks: Path | None) -> None:
    if not is_mesh(scan):
        raise BadFile(file, f"line {line}", f"{scan.name} has no mesh format that can be read", _REMEDY)
    if landmarks and landmarks.suffix.lower() not in MARKS:
        raise BadFile(file, f"line {line}", f"landmarks {landmarks.name} are none of {', '.join(MARKS)}", _REMEDY)


def _group(cells: Mapping[str, str], scan: str) -> tuple[str, tuple[str, ...]]:
    """What the clip of a line is called, and what its lines have in common: a name, subject and label, or nothing."""
    if cells.get("clip"):
        return cells["clip"], ("clip", cells["clip"])
    if cells.get("frame"):
        return f"{cells['subject']}/{cells['label']}", ("frames", cells["subject"], cells["label"])
    return PurePosixPath(cells["path"].replace("\\", "/")).with_suffix("").as_posix(), ("scan", scan)


def _name_clips(file: Path, entries: Sequence[_Entry]) -> list[_Entry]:
    """The entries; where clips would have one name, that of a line without a clip says more."""
    longer = {"clip": "", "frames": " (frames)"}
    shared = _find_shared(entries)
    named = [
        replace(entry, clip=entry.clip + longer.get(entry.group[0], entry.scan.suffix))
        if entry.clip in shared
        else entry
        for entry in entries
    ]
    if still := _find_shared(named):
        entry = next(entry for entry in named if entry.clip in still)
        raise BadFile(file, f"line {entry.line}", f"{entry.clip!r} is the name of two clips", _REMEDY)
    return named


def _find_shared(entries: Iterable[_Entry]) -> set[str]:
    """The names that two clips would have."""
    owners: dict[str, set[tuple[str, ...]]] = {}
    for entry in entries:
        owners.setdefault(entry.clip, set()).add(entry.group)
    return {name for name, groups in owners.items() if len(groups) > 1}


def _locate(file: Path, line: int, column: str, cells: Mapping[str, str]) -> Path | None:
    """Returns the file that a cell names; None for an empty cell. BadFile where the path leaves the table's folder."""
    name = cells.get(column, "").replace("\\", "/")
    if not name:
        return None
    inside = os.path.normpath(name)
    if inside == ".." or inside.startswith("../") or "\0" in name:
        reason = f"{column} {name!r} leads out of {file.parent}"
        raise BadFile(file, f"line {line}", reason, "write the whole path, from /, for a file that lies elsewhere")
    return find_file(file.parent / inside)


def _find_table(root: Path) -> Path:
    """Returns the path of the table; `root` is the table, or its folder."""
    absence, file = tell_absence(root), root
    if not absence and root.is_dir():
        file = find_file(root / FILE)
        absence = tell_absence(file) or ("is a folder" if file.is_dir() else "")
    if absence:
        raise UserError(f"manifest: {file} {absence}; give {_EXPECTS}")
    return file


def _make_clip(file: Path, entries: Sequence[_Entry], skipped: list[Skipped]) -> Clip | None:
    """Builds the clip of these lines; returns None where none of its scans exists."""
    first = entries[0]
    _check_agreement(file, entries)
    if not any(exists(entry.scan) for entry in entries):
        reason = f"line {first.line}: {first.scan} is not there, or is no file; {_MEND}"
        skipped.append(Skipped(first.clip, reason, str(file)))
        return None
    entries = sorted(entries, key=lambda entry: (entry.frame is None, entry.frame or 0))
    textures = _keep_present(file, entries, "texture", skipped)
    marks = _keep_present(file, entries, "landmarks", skipped)
    scans = tuple(entry.scan for entry in entries)
    beside = [file for scan in scans for file in (picture_of(scan), scan.with_suffix(".mtl")) if file and exists(file)]
    reader = partial(_read_textured, textures) if textures else read_frame
    return Clip(
        id=first.clip,
        subject=first.subject,
        labels=(first.label,) if first.label else (),
        frames=ScanFiles(scans, tuple(map(marks.get, scans)), reader, read_marks),
        content_key=hash_files([*scans, *textures.values(), *marks.values(), *beside]),
        landmark_scheme="bu83" if marks else None,
        attributes=dict(first.attributes),
    )


def _check_agreement(file: Path, entries: Sequence[_Entry]) -> None:
    first, seen = entries[0], set[int | Path | None]()
    for entry in entries:
        for name in ("subject", "label", "attributes"):
            if getattr(entry, name) != getattr(first, name):
                said = f"{name} of clip {entry.clip!r} is not that of line {first.line}"
                raise BadFile(file, f"line {entry.line}", said, _REMEDY)
        marks: set[int | Path | None] = {entry.scan, entry.frame} - {None}
        if marks & seen:
            what = entry.scan.name if entry.scan in seen else f"frame {entry.frame}"
            said = f"{what} of clip {entry.clip!r} is there twice"
            raise BadFile(file, f"line {entry.line}", said, _REMEDY)
        seen |= marks


def _keep_present(file: Path, entries: Iterable[_Entry], kind: str, skipped: list[Skipped]) -> dict[Path, Path]:
    """Returns scan -> file of this `kind`, for existing files; adds missing files to `skipped`."""
    present: dict[Path, Path] = {}
    for entry in entries:
        named: Path | None = getattr(entry, kind)
        if named and exists(named):
            present[entry.scan] = named
        elif named:
            reason = f"line {entry.line}: {named} is not there, used without; {_MEND}"
            skipped.append(Skipped(f"{entry.clip} ({kind})", reason, str(file)))
    return present


def _read_textured(textures: Mapping[Path, Path], path: Path) -> Scan:
    scan = read_frame(path)
    return replace(scan, texture=lasting(textures[path])) if path in textures else scan


MANIFEST = Reader("Manifest", read_manifest, _EXPECTS)
