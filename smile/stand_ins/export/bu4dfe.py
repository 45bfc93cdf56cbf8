"""Writes clips in the layout of BU-4DFE: scans, images and the landmark package."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from smile.data.face import Clip
from smile.sets.bu4dfe import FOLDERS, LANDMARK_FOLDER
from smile.stand_ins.export.folders import name_by_expression
from smile.stand_ins.export.frames import write_frames
from smile.stand_ins.export.tree import TreePart, write_tree

_TITLE = "BU-4DFE"
#: Subjects of the release, 58 women and 43 men: the frozen folds of its protocols hold their names.
_RELEASE = {"F": 58, "M": 43}
_FOLDER_OF = {expression: folder for folder, expression in FOLDERS.items()}


def export_bu4dfe(clips: Iterable[Clip], out: Path, made_by: str, progress: Callable[[int, int], None]) -> None:
    """Writes `clips` in the layout of BU-4DFE below `out`: scans, images, landmarks, and a marker with `made_by`.

    `progress` gets the number of finished clips and of all clips. Complete clips in `out` are kept, so a killed export
    can continue. Raises UserError where BU-4DFE has no place for a clip, and where `out` holds something else.
    """
    parts = {
        name: TreePart(clip.content_key, partial(_write_clip, clip, name, made_by))
        for name, clip in name_by_expression(tuple(clips), _TITLE, _FOLDER_OF, _RELEASE).items()
    }
    write_tree(out, parts, made_by, _TITLE, progress)


def _write_clip(clip: Clip, name: str, made_by: str, root: Path) -> None:
    """Writes one clip below `root`."""
    scans, marks = root / name, root / LANDMARK_FOLDER / name
    marks.mkdir(parents=True)
    write_frames(clip, made_by, lambda n: scans / f"{n:03d}.wrl", lambda n: marks / f"{n:03d}.bnd")
