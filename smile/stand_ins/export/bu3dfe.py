"""Writes clips in the layout of BU-3DFE: a neutral scan of every subject, and each expression at four levels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from smile.data.face import EXPRESSIONS, Clip, Scan, name_labels
from smile.data.formats.bnd import write_bnd
from smile.data.formats.vrml import write_vrml
from smile.data.stand_in import COMMENT
from smile.sets.bu3dfe import ANCESTRY_OF, EXPRESSION_OF
from smile.stand_ins.cast import Program
from smile.stand_ins.export.picture import write_picture
from smile.stand_ins.export.stills import find_stills, group_clips, join_keys
from smile.stand_ins.export.subjects import name_subjects
from smile.stand_ins.export.tree import TreePart, write_tree
from smile.stand_ins.performance import SIX, Variation

#: Fractions of the apex for the levels 1 to 4, all taken from one performance before its apex.
LEVELS = (0.35, 0.55, 0.8, 1.0)
#: What is acted for this layout: whole performances at 25 frames per second, of which five frames are scanned.
BU3DFE_PROGRAM = Program(SIX, Variation(levels=(1.0,), stills=True), frames=100)

_TITLE, _DIGITS = "BU-3DFE", 4
#: Subjects of the release, 56 women and 44 men: the frozen folds of its protocols hold their names.
_RELEASE = {"F": 56, "M": 44}
_NEUTRAL = "NE00"
_CODE_OF = {expression: code for code, expression in EXPRESSION_OF.items() if expression in EXPRESSIONS}
_ANCESTRY_CODE_OF = {ancestry: code for code, ancestry in ANCESTRY_OF.items()}
_UNKNOWN_ANCESTRY = "WH"  # names need an ancestry, and generated faces have none


def export_bu3dfe(clips: Iterable[Clip], out: Path, made_by: str, progress: Callable[[int, int], None]) -> None:
    """Writes `clips` in the layout of BU-3DFE below `out`: F3D scans, images, landmarks, and a marker with `made_by`.

    The neutral scan is the first frame of a subject's first clip. `progress` gets the number of finished subjects and
    of all subjects. Subjects that `out` already holds are kept. Raises UserError where BU-3DFE has no place for a clip,
    where a clip has no action units or lacks a frame for a level, and where `out` holds something else.
    """
    everything = tuple(clips)
    names = name_subjects(everything, _TITLE, _DIGITS, _RELEASE)
    by_name = group_clips(everything, names, _CODE_OF, LEVELS, _TITLE)
    parts = {
        name: TreePart(join_keys(held), partial(_write_subject, held, name, made_by)) for name, held in by_name.items()
    }
    write_tree(out, parts, made_by, _TITLE, progress)


def _write_subject(clips: list[Clip], name: str, made_by: str, root: Path) -> None:
    """Writes the scans of one subject below `root`."""
    plain: Path | None = None
    for code, clip, scan in _choose_scans(clips):
        ancestry = _ANCESTRY_CODE_OF.get(clip.attributes.get("ancestry", ""), _UNKNOWN_ANCESTRY)
        file = root / name / f"{name}_{code}{ancestry}_F3D.wrl"
        picture = file.with_suffix(".bmp")
        write_vrml(file, scan, picture.name, COMMENT + made_by)
        plain = write_picture(scan.texture, picture, plain)
        if scan.landmarks is not None and clip.landmark_scheme == "bu83":
            # In the release, each landmark is a vertex of the mesh, given by its number.
            vertices = cKDTree(scan.vertices).query(scan.landmarks)[1].astype(np.int32)
            write_bnd(file.with_suffix(".bnd"), scan.vertices[vertices], vertices)


def _choose_scans(clips: list[Clip]) -> Iterator[tuple[str, Clip, Scan]]:
    """Yields the code of expression and level, the clip and the scan of every scan of a subject."""
    yield _NEUTRAL, clips[0], clips[0].frames[0]
    for clip in clips:
        for level, frame in enumerate(find_stills(clip, LEVELS), start=1):
            yield f"{_CODE_OF[name_labels(clip.labels)]}{level:02d}", clip, clip.frames[frame]
