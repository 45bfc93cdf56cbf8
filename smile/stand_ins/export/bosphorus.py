"""Writes clips in the layout of Bosphorus: neutral, emotion and single action unit scans, each with repetition 0."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from smile.arrays import Float32
from smile.data.face import Clip, Scan, name_labels
from smile.data.formats.bnt import write_bnt
from smile.data.formats.lm import write_lm2, write_lm3
from smile.data.stand_in import COMMENT, mark_name
from smile.errors import UserError
from smile.sets.bosphorus import EXPRESSION_OF
from smile.stand_ins import blendshapes
from smile.stand_ins.cast import Program
from smile.stand_ins.export.landmark_choice import choose_landmarks
from smile.stand_ins.export.picture import write_picture
from smile.stand_ins.export.range_grid import Grid, sample_grid
from smile.stand_ins.export.stills import find_stills, group_clips, join_keys
from smile.stand_ins.export.tree import TreePart, write_tree
from smile.stand_ins.performance import SIX, Difficulty

#: Action units with scans of their own, of the upper and of the lower face.
UPPER, LOWER = (1, 2, 4, 43), (9, 12, 15, 20, 27)
#: What is acted for this layout: whole performances at 25 frames per second; their first frame and apex are scanned.
BOSPHORUS_PROGRAM = Program(
    acts=(*SIX, *((f"AU{unit}",) for unit in (*UPPER, *LOWER))),
    difficulty=Difficulty(levels=(1.0,), stills=True),
    frames=100,
)

_TITLE, _NEUTRAL = "Bosphorus", "N_N"
_STEP = 1.0  # mm between lines of sight; a face in the release has about as many points
_NEAR = 8.0  # mm in depth within which a landmark is moved onto the scan
_SUBJECT = re.compile(r"bs\d{3}", re.ASCII)
_NAME_OF = {expression: f"E_{code}" for code, expression in EXPRESSION_OF.items()} | {
    name: f"{'UFAU' if unit in UPPER else 'LFAU'}_{unit}"
    for name, unit in blendshapes.SINGLE.items()
    if unit in (*UPPER, *LOWER)
}


def export_bosphorus(clips: Iterable[Clip], out: Path, made_by: str, progress: Callable[[int, int], None]) -> None:
    """Writes `clips` in the layout of Bosphorus below `out`: scans, images, landmarks, and a marker with `made_by`.

    The neutral scan is the first frame of a subject's first clip; the other scans are apexes. `progress` gets the
    number of finished subjects and of all subjects. Subjects that `out` already holds are kept. Raises UserError where
    Bosphorus has no place for a clip, where a clip has no action units, and where `out` holds something else.
    """
    everything = tuple(clips)
    by_name = group_clips(everything, _number_subjects(everything), _NAME_OF, (1.0,), _TITLE)
    parts = {
        name: TreePart(join_keys(held), partial(_write_subject, held, name, made_by)) for name, held in by_name.items()
    }
    write_tree(out, parts, made_by, _TITLE, progress)


def _number_subjects(clips: Sequence[Clip]) -> dict[str, str]:
    """Returns subject -> bs000, bs001, ...: keeps names of this form, and gives the others free numbers in order."""
    subjects = sorted({clip.subject for clip in clips})
    names = {subject: subject for subject in subjects if _SUBJECT.fullmatch(subject)}
    free = iter([name for name in (f"bs{number:03d}" for number in range(1000)) if name not in names])
    for subject in subjects:
        name = names.setdefault(subject, "") or next(free, "")
        if not name:
            raise UserError(f"subject {subject}: Bosphorus names 1000 subjects; export fewer")
        names[subject] = name
    return names


def _write_subject(clips: list[Clip], subject: str, made_by: str, root: Path) -> None:
    """Writes the scans of one subject below `root`."""
    plain: Path | None = None
    for name, clip, scan in _choose_scans(clips):
        file = root / subject / f"{subject}_{name}_0.bnt"
        picture, grid = file.with_suffix(".png"), sample_grid(scan, _STEP)
        write_bnt(file, grid.points, grid.places, mark_name(picture.name, made_by))
        plain = write_picture(scan.texture, picture, plain)
        if scan.landmarks is not None and clip.landmark_scheme == "bu83":
            _write_landmarks(file, choose_landmarks(scan.landmarks), grid, COMMENT + made_by)


def _choose_scans(clips: list[Clip]) -> Iterator[tuple[str, Clip, Scan]]:
    """Yields name, clip and scan of every scan of a subject."""
    yield _NEUTRAL, clips[0], clips[0].frames[0]
    for clip in clips:
        yield _NAME_OF[name_labels(clip.labels)], clip, clip.frames[find_stills(clip, (1.0,))[0]]


def _write_landmarks(file: Path, landmarks: Float32, grid: Grid, note: str) -> None:
    """Writes landmarks [22, 3] of the scan `file`, moved onto it where it has points, and their image positions."""
    row, column = grid.locate(landmarks)
    depth = grid.points[row, column, 2]
    laid = landmarks.copy()
    laid[:, 2] = np.where(np.abs(depth - landmarks[:, 2]) < _NEAR, depth, landmarks[:, 2])  # a NaN is not near
    write_lm3(file.with_suffix(".lm3"), laid, note)
    with Image.open(file.with_suffix(".png")) as picture:
        width, height = picture.size
    across, up = grid.places[row, column].T
    write_lm2(file.with_suffix(".lm2"), np.stack([across * width, (1 - up) * height], axis=1), note)
