"""Reads BP4D (Zhang et al. 2014) and BP4D+ (Zhang et al. 2016): spontaneous expressions; each clip is one task.

Files on disk, as far as we know: `<ID>/T<k>/<frame>.obj` with an image of the same number, in folders or in archives
`<ID>.zip`. Landmarks `.bnd` or `.bndplus` lie beside the meshes, in a second tree of the same shape, or are named
`<ID>_T<k>_<frame>`. Action units are in `<ID>_T<k>.csv`. We have not seen how meshes are named, so other places and
names are accepted too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from smile.data.action_units import read_coding
from smile.data.archives import lend
from smile.data.disk import FolderFiles, ScanFiles, hash_files, no_clips, open_root, walk
from smile.data.face import Clip, DataSet, Skipped
from smile.data.formats.pictures import PICTURES
from smile.data.stand_in import name_makers, read_comment, read_marker
from smile.errors import BadFile
from smile.sets.frame_files import MARKS, MESHES, read_frame, read_marks
from smile.sets.reader import BINGHAMTON, Reader, Release

#: Task of BP4D -> emotion that the task should evoke. The emotion labels the whole clip, so it is a weak label.
BP4D_TASKS = {
    1: "happiness",  # an interview with a joke
    2: "sadness",  # a documentary
    3: "surprise",  # a sudden sound
    4: "embarrassment",  # improvising a silly song
    5: "fear",  # a physical threat; fear or nervousness
    6: "pain",  # a hand in ice water
    7: "anger",  # an insult
    8: "disgust",  # a smell
}
#: Task of BP4D+ -> emotion that the task should evoke.
BP4D_PLUS_TASKS = {
    1: "happiness",
    2: "surprise",
    3: "sadness",
    4: "startle",
    5: "scepticism",
    6: "embarrassment",
    7: "fear",
    8: "pain",
    9: "anger",
    10: "disgust",
}
_SUBJECT = re.compile(r"([FM]\d{3})(\.zip)?", re.IGNORECASE | re.ASCII)
_TASK = re.compile(r"T(?:ask)?[ _-]?0*(\d{1,2})", re.IGNORECASE | re.ASCII)
_SEQUENCE = re.compile(r"([FM]\d{3})[ _-]T0*(\d{1,2})", re.IGNORECASE | re.ASCII)
_FRAME = re.compile(r"(\d{1,9})(\.\w+)", re.ASCII)
_LANDMARKS = re.compile(r"([FM]\d{3})_T0*(\d{1,2})_(\d{1,9})(\.bnd(?:plus)?)", re.IGNORECASE | re.ASCII)
_CODES = re.compile(r"([FM]\d{3})_T0*(\d{1,2})\.csv", re.IGNORECASE | re.ASCII)
_INTENSITIES = "au_int"  # folder of tables with one unit each; not read, because tables of occurrence lie beside them
_IGNORED = re.compile(r"\..*")

_Key = tuple[str, int]  # subject and task


@dataclass
class _TaskFolder:
    """Holds the numbered files of one folder: frame number -> name, for each kind of file."""

    path: Path
    meshes: dict[int, str] = field(default_factory=dict)
    pictures: dict[int, str] = field(default_factory=dict)
    marks: dict[int, str] = field(default_factory=dict)


@dataclass
class _Found:
    """Holds what was found below a root, by subject and task."""

    folders: dict[_Key, list[_TaskFolder]] = field(default_factory=dict)
    marks: dict[_Key, dict[Path, dict[int, str]]] = field(default_factory=dict)  # folder -> frame number -> name
    codes: dict[_Key, Path] = field(default_factory=dict)


def read_bp4d(root: Path) -> DataSet:
    """Reads the clips of BP4D below `root`, by subject and task; frames are read later, one by one.

    Skipped, with a reason: tasks without meshes, unknown tasks and second copies. A faulty table of action units is
    reported too; its clip is used without action units. Raises UserError where `root` is no folder or holds no clip.
    """
    return _read(root, "bp4d", "BP4D", BP4D_TASKS)


def read_bp4d_plus(root: Path) -> DataSet:
    """Reads the clips of BP4D+ in the same way as read_bp4d."""
    return _read(root, "bp4dplus", "BP4D+", BP4D_PLUS_TASKS)


def _read(root: Path, name: str, title: str, tasks: Mapping[int, str]) -> DataSet:
    top, skipped = open_root(root, title, _expect(tasks)), list[Skipped]()
    found = _find(top, skipped)
    clips: list[Clip] = []
    for key, folders in sorted(found.folders.items()):
        filled = sorted((folder for folder in folders if folder.meshes), key=lambda folder: folder.path)
        if not filled or key[1] not in tasks:
            reason = f"{title} has tasks T1 to T{len(tasks)}" if filled else "no meshes (0001.obj ...)"
            skipped.append(Skipped(_name(key), reason, str((filled or folders)[0].path)))
            continue
        skipped += [Skipped(_name(key), "second copy", str(copy.path)) for copy in filled[1:]]
        clips.append(_make_clip(key, filled[0], found, tasks, skipped))
    if not clips:
        raise no_clips(f"{title}: no meshes below {root}; give {_expect(tasks)}", skipped)
    first_scans = [clip.frames.scans[0] for clip in clips if isinstance(clip.frames, ScanFiles)]
    maker = name_makers(read_marker(top).union(*map(read_comment, first_scans)))
    return DataSet(name, title, tuple(clips), tuple(skipped), maker)


def _expect(tasks: Mapping[int, str]) -> str:
    return f"the folder that holds F001/T1/0001.obj or F001.zip (subjects F001.. and M001.., tasks T1 to T{len(tasks)})"


def _find(top: Path, skipped: list[Skipped]) -> _Found:
    found = _Found()
    for path, names in walk(top, skipped, _IGNORED, archives=True):
        folder, key = _sort_files(path, names), _read_key(path)
        if key and (folder.meshes or not folder.marks):
            found.folders.setdefault(key, []).append(folder)
        if key and folder.marks:
            found.marks.setdefault(key, {})[path] = folder.marks
        for owner, number, name in _flat_landmarks(names):
            found.marks.setdefault(owner, {}).setdefault(path, {}).setdefault(number, name)
        if _INTENSITIES not in map(str.lower, path.relative_to(top).parts):
            for match in filter(None, map(_CODES.fullmatch, names)):
                found.codes.setdefault((match[1].upper(), int(match[2])), path / match[0])
    return found


def _read_key(path: Path) -> _Key | None:
    """Returns subject and task of the folder at `path`: those of the nearest folders with such names."""
    task = None
    for part in reversed(path.parts):
        if both := _SEQUENCE.fullmatch(part):
            return both[1].upper(), int(both[2])
        if task is None and (match := _TASK.fullmatch(part)):
            task = int(match[1])
        elif task is not None and (match := _SUBJECT.fullmatch(part)):
            return match[1].upper(), task
    return None


def _sort_files(path: Path, names: list[str]) -> _TaskFolder:
    """Returns the numbered files of a folder; of two files with the same number and kind, the first name counts."""
    folder = _TaskFolder(path)
    kinds = (
        dict.fromkeys(MESHES, folder.meshes)
        | dict.fromkeys(PICTURES, folder.pictures)
        | dict.fromkeys(MARKS, folder.marks)
    )
    for name in names:
        match = _FRAME.fullmatch(name)
        if match and match[2].lower() in kinds:
            kinds[match[2].lower()].setdefault(int(match[1]), name)
    return folder


def _flat_landmarks(names: list[str]) -> Iterator[tuple[_Key, int, str]]:
    """Yields (subject and task, frame, name) of each landmark file that is named `<ID>_T<k>_<frame>`."""
    for match in filter(None, map(_LANDMARKS.fullmatch, names)):
        yield (match[1].upper(), int(match[2])), int(match[3]), match[0]


def _make_clip(key: _Key, folder: _TaskFolder, found: _Found, tasks: Mapping[int, str], skipped: list[Skipped]) -> Clip:
    numbers = sorted(folder.meshes)
    scans = FolderFiles(folder.path, tuple(folder.meshes[number] for number in numbers))
    holders = found.marks.get(key, {})
    # Landmarks beside the meshes come first, then the folder with the most landmark files.
    holder = max(sorted(holders), key=lambda path: (path == folder.path, len(holders[path])), default=None)
    marks = [holder / holders[holder][n] if holder and n in holders[holder] else None for n in numbers]
    pictures = [folder.path / name for number, name in sorted(folder.pictures.items()) if number in folder.meshes]
    return Clip(
        id=_name(key),
        subject=key[0],
        labels=(tasks[key[1]],),
        frames=ScanFiles(scans, tuple(marks), read_frame, read_marks),
        content_key=hash_files([*scans, *(mark for mark in marks if mark), *pictures]),
        landmark_scheme="bu83" if any(marks) else None,
        attributes={"sex": key[0][0], "task": f"T{key[1]}"},
        action_units=_read_action_units(key, found, skipped),
    )


def _read_action_units(key: _Key, found: _Found, skipped: list[Skipped]) -> dict[str, float]:
    if key not in found.codes:
        return {}
    try:
        with lend(found.codes[key]) as table:
            return read_coding(table).summarise()
    except BadFile as error:
        reason = f"{error.words}; the clip is used without them"
        skipped.append(Skipped(f"{_name(key)} (action units)", reason, str(error.file)))
        return {}


def _name(key: _Key) -> str:
    return f"{key[0]}/T{key[1]}"


#: The number of clips is subjects x tasks.
BP4D = Reader(
    "BP4D", read_bp4d, _expect(BP4D_TASKS), Release(41, 328, dict.fromkeys(BP4D_TASKS.values(), 41), BINGHAMTON)
)
BP4D_PLUS = Reader(
    "BP4D+",
    read_bp4d_plus,
    _expect(BP4D_PLUS_TASKS),
    Release(140, 1400, dict.fromkeys(BP4D_PLUS_TASKS.values(), 140), BINGHAMTON),
)
