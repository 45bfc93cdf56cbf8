"""Writes clips as a BU-4DFE tree: scans, pictures and the landmark package."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from smile.data.face import Clip, name_labels
from smile.data.formats.bnd import write_bnd
from smile.data.formats.vrml import write_vrml
from smile.data.sets.bu4dfe import FOLDERS, LANDMARK_FOLDER
from smile.data.stand_in import COMMENT
from smile.errors import UserError
from smile.stand_ins.export.folders import name_folders
from smile.stand_ins.export.picture import write_picture
from smile.stand_ins.export.subjects import name_subjects
from smile.stand_ins.export.tree import TreePart, write_tree

_TITLE, _DIGITS = "BU-4DFE", 3
_FOLDER_OF = {expression: folder for folder, expression in FOLDERS.items()}


def export_bu4dfe(clips: Iterable[Clip], out: Path, made_by: str, progress: Callable[[int, int], None]) -> None:
    """Writes `clips` as a BU-4DFE tree below `out`: scans, pictures, landmark package and a marker naming `made_by`.

    `progress` is called with (clips done, of all). Clips that `out` already holds whole are kept, so a killed
    export goes on. Raises UserError where a clip has no place in BU-4DFE, or `out` holds something else.
    """
    parts = {
        name: TreePart(clip.content_key, partial(_write_clip, clip, name, made_by))
        for name, clip in _name_folders(tuple(clips)).items()
    }
    write_tree(out, parts, made_by, _TITLE, progress)


def _name_folders(clips: Sequence[Clip]) -> dict[str, Clip]:
    """Folder of each clip, e.g. "F001/Happy"."""
    subjects = name_subjects(clips, _TITLE, _DIGITS)

    def name(clip: Clip) -> str:
        if name_labels(clip.labels) not in _FOLDER_OF:
            raise UserError(
                f"clip {clip.id}: BU-4DFE has no folder for {name_labels(clip.labels)!r}; leave such clips out"
            )
        return f"{subjects[clip.subject]}/{_FOLDER_OF[name_labels(clip.labels)]}"

    return name_folders(clips, name)


def _write_clip(clip: Clip, name: str, made_by: str, root: Path) -> None:
    """Writes one clip below `root`."""
    scans, marks = root / name, root / LANDMARK_FOLDER / name
    marks.mkdir(parents=True)
    plain: Path | None = None
    for number, scan in enumerate(clip.frames):
        picture = scans / f"{number:03d}.jpg"
        write_vrml(picture.with_suffix(".wrl"), scan, picture.name, COMMENT + made_by)
        plain = write_picture(scan.texture, picture, plain)
        if scan.landmarks is not None and clip.landmark_scheme == "bu83":
            write_bnd(marks / f"{number:03d}.bnd", scan.landmarks)
