"""Writes the frames of a clip as files: a mesh for each frame, with its image and its landmarks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from smile.data.face import Clip
from smile.data.formats.bnd import write_bnd
from smile.data.formats.bndplus import write_bndplus
from smile.data.formats.obj import write_obj
from smile.data.formats.vrml import write_vrml
from smile.data.stand_in import COMMENT
from smile.stand_ins.export.picture import write_picture

_MESHES = {".obj": write_obj, ".wrl": write_vrml}
_LANDMARKS = {".bnd": write_bnd, ".bndplus": write_bndplus}


def write_frames(clip: Clip, made_by: str, mesh: Callable[[int], Path], marks: Callable[[int], Path]) -> None:
    """Writes every frame to the path of `mesh`, its image beside it, and its 83 landmarks to the path of `marks`."""
    plain: Path | None = None
    for number, scan in enumerate(clip.frames):
        path, picture = mesh(number), mesh(number).with_suffix(".jpg")
        _MESHES[path.suffix](path, scan, picture.name, COMMENT + made_by)
        plain = write_picture(scan.texture, picture, plain)
        if scan.landmarks is not None and clip.landmark_scheme == "bu83":
            _LANDMARKS[marks(number).suffix](marks(number), scan.landmarks)
