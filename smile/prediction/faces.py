"""Faces that a user points at: mesh files, and folders whose meshes are the frames of a clip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from smile.data.disk import ScanFiles, hash_files
from smile.data.face import Clip, Scan
from smile.data.formats.mesh import is_mesh, read_mesh
from smile.data.frame_files import read_marks
from smile.errors import UserError

#: Diagonal of a mesh's bounding box, from and to -> factor to millimetres: faces and heads measure 100 to 600 mm.
UNITS = {(0.1, 2.0): 1000.0, (10.0, 60.0): 10.0}


def find_clips(places: Sequence[Path]) -> list[Clip]:
    """A clip of each place in turn: a mesh file is a single scan, a folder of meshes one clip of them.

    A folder without meshes stands for the folders in it that have some. Numbers in names count as numbers, so that
    2.obj comes before 10.obj. Raises UserError where a place does not exist or holds no mesh.
    """
    return [clip for place in places for clip in _open(place)]


def read_face(path: Path) -> Scan:
    """The mesh in millimetres: one as small as a face in metres or centimetres is taken for that."""
    scan = read_mesh(path)
    size = float(np.linalg.norm(np.ptp(scan.vertices, axis=0)))
    factor = next((factor for (least, most), factor in UNITS.items() if least <= size < most), 1.0)
    return replace(scan, vertices=scan.vertices * np.float32(factor))


def _open(place: Path) -> list[Clip]:
    if not place.exists():
        raise UserError(f"{place} does not exist; give a mesh file, or a folder of meshes")
    if place.is_file():
        return [_clip(place, (place,))]
    inside = [place, *_sort(path for path in place.iterdir() if path.is_dir())]
    found = {folder: _meshes(folder) for folder in inside}
    chosen = [place] if found[place] else [folder for folder in inside if found[folder]]
    if not chosen:
        raise UserError(f"{place}: holds no mesh, and no folder of meshes; .obj, .ply, .stl, .wrl and others are read")
    return [_clip(folder, found[folder]) for folder in chosen]


def _clip(place: Path, scans: tuple[Path, ...]) -> Clip:
    frames = ScanFiles(scans, (None,) * len(scans), read_face, read_marks)
    return Clip(id=str(place), subject=str(place), expression="", frames=frames, content_key=hash_files(scans))


def _meshes(folder: Path) -> tuple[Path, ...]:
    return tuple(_sort(path for path in folder.iterdir() if path.is_file() and is_mesh(path)))


def _sort(paths: Iterable[Path]) -> list[Path]:
    # Every second part is a number, so that like is compared with like.
    return sorted(
        paths, key=lambda path: [int(p) if n % 2 else p for n, p in enumerate(re.split(r"([0-9]+)", path.name))]
    )
