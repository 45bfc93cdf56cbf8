"""Writes clips in the layout of BP4D, or in archives as in BP4D+, with tables of action units.

We do not know how the releases name meshes and where their landmarks lie. The files follow what the readers expect:
`<ID>/T<k>/0000.obj` with its material and image.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from smile.data.action_units import Coded, Coding, write_coding
from smile.data.face import Clip
from smile.digests import digest_text
from smile.sets.bp4d import BP4D_PLUS_TASKS, BP4D_TASKS
from smile.stand_ins.cast import Program
from smile.stand_ins.export.folders import name_by_expression
from smile.stand_ins.export.frames import write_frames
from smile.stand_ins.export.tree import TreePart, write_tree
from smile.stand_ins.performance import generator

#: Emotion of a task -> what is acted for it, where the two differ.
_ACTED = {"fear": "nervousness"}
#: What subjects act for BP4D: its eight tasks.
_ACTS = tuple((_ACTED.get(emotion, emotion),) for emotion in BP4D_TASKS.values())
BP4D_PROGRAM = Program(_ACTS)
#: What subjects act for BP4D+: its tasks except startle and scepticism, for which there are no recipes.
BP4D_PLUS_PROGRAM = Program(tuple(sorted(_ACTS)))

#: Subjects of the releases by sex, e.g. 23 women and 18 men of BP4D, whose names the frozen folds hold.
_RELEASE, _PLUS_RELEASE = {"F": 23, "M": 18}, {"F": 82, "M": 58}

#: Units with a column in every table; a clip with further units gets further columns.
_CODED = (1, 2, 4, 5, 6, 7, 9, 10, 12, 15, 16, 17, 18, 20, 23, 24, 25, 26, 27, 28, 43, 64)
_TRACE = 0.05  # smallest strength that annotators would see
_HIDDEN = 0.1  # fraction of a clip's units that cannot be coded for some time


def export_bp4d(clips: Iterable[Clip], out: Path, made_by: str, progress: Callable[[int, int], None]) -> None:
    """Writes `clips` in the layout of BP4D below `out`, marked with `made_by`; see write_tree for reuse and refusals.

    Raises UserError where no task fits a clip.
    """
    named = name_by_expression(tuple(clips), "BP4D", _name_tasks(BP4D_TASKS), _RELEASE)
    parts = {
        name: TreePart(clip.content_key, partial(_write_clip, clip, name, made_by)) for name, clip in named.items()
    }
    write_tree(out, parts, made_by, "BP4D", progress)


def export_bp4d_plus(clips: Iterable[Clip], out: Path, made_by: str, progress: Callable[[int, int], None]) -> None:
    """Writes `clips` in the layout of BP4D+: one archive per subject; landmarks and action units beside the archive."""
    named = name_by_expression(tuple(clips), "BP4D+", _name_tasks(BP4D_PLUS_TASKS), _PLUS_RELEASE)
    subjects: dict[str, dict[str, Clip]] = {}
    for name, clip in named.items():
        subjects.setdefault(name.partition("/")[0], {})[name] = clip
    parts = {
        f"3DFeatures/BND/{subject}": TreePart(_join_keys(own), partial(_write_subject, subject, own, made_by))
        for subject, own in subjects.items()
    }
    write_tree(out, parts, made_by, "BP4D+", progress)


def _name_tasks(tasks: Mapping[int, str]) -> dict[str, str]:
    """Returns expression -> folder of the task for which it is acted, e.g. "T1"."""
    return {word: f"T{number}" for number, emotion in tasks.items() for word in (emotion, _ACTED.get(emotion, emotion))}


def _join_keys(clips: Mapping[str, Clip]) -> str:
    keys = sorted((name, clip.content_key) for name, clip in clips.items())
    return digest_text(repr(keys))


def _write_clip(clip: Clip, name: str, made_by: str, root: Path) -> None:
    marks = root / "BND" / name
    marks.mkdir(parents=True)
    write_frames(clip, made_by, partial(_mesh, root / name), lambda n: marks / f"{n:04d}.bnd")
    _write_codes(clip, root / "AUCoding" / f"{name.replace('/', '_')}.csv")


def _write_subject(subject: str, clips: Mapping[str, Clip], made_by: str, root: Path) -> None:
    archived, marks = root / "2D+3D", root / "3DFeatures" / "BND" / subject
    for name, clip in clips.items():
        (archived / name).mkdir(parents=True)
        stem = name.replace("/", "_")
        write_frames(clip, made_by, partial(_mesh, archived / name), partial(_plus_marks, marks, stem))
        _write_codes(clip, root / "AUCoding" / "AU_OCC" / f"{stem}.csv")
    with zipfile.ZipFile(archived / f"{subject}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in (archived / subject).rglob("*") if path.is_file()):
            # A new entry, because an entry from the file would contain the time of writing.
            entry = zipfile.ZipInfo(file.relative_to(archived).as_posix())
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    shutil.rmtree(archived / subject)


def _mesh(folder: Path, number: int) -> Path:
    return folder / f"{number:04d}.obj"


def _plus_marks(folder: Path, stem: str, number: int) -> Path:
    return folder / f"{stem}_{number:04d}.bndplus"


def _write_codes(clip: Clip, path: Path) -> None:
    """Writes the action units of a performance as annotators would code them, if the clip is a performance."""
    if not isinstance(clip.frames, Coded):
        return
    told = clip.frames.code()
    units = list(dict.fromkeys([*map(str, _CODED), *told.units]))
    strengths = np.zeros((len(told.frames), len(units)), np.float32)
    for column, unit in enumerate(told.units):
        strengths[:, units.index(unit)] = np.where(told.strengths[:, column] > _TRACE, told.strengths[:, column], 0)
    rng = generator(0, "codes", clip.id)
    for column in np.flatnonzero(rng.random(len(units)) < _HIDDEN).tolist():
        begin = int(rng.integers(len(told.frames)))
        strengths[begin : begin + 1 + int(rng.integers(len(told.frames) // 2)), column] = np.nan
    path.parent.mkdir(parents=True, exist_ok=True)
    write_coding(path, Coding(told.frames, tuple(units), strengths))
