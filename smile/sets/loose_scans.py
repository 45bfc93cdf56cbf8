"""Reads faces that belong to no data set: single mesh files, and folders of meshes as the frames of a clip."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from smile.data.archives import find_file
from smile.data.disk import ScanFiles, hash_files
from smile.data.face import Clip, DataSet
from smile.data.formats.mesh import is_mesh
from smile.data.formats.pictures import PICTURES
from smile.data.names import is_hidden
from smile.data.stand_in import name_makers, read_marker
from smile.errors import UserError
from smile.limits import tell_absence
from smile.sets.frame_files import MARKS, read_frame, read_maker, read_marks

#: Suffixes of files beside a scan that belong to its content: a change makes another clip.
_BESIDE = (".mtl", *PICTURES)


def read_loose_scans(place: Path) -> DataSet:
    """Returns the clips that `find_clips` finds at a place, as a data set."""
    clips = find_clips([place])
    makers: set[str] = set()
    for clip in clips:
        assert isinstance(clip.frames, ScanFiles)
        makers |= read_marker(clip.frames.scans[0].parent) | read_maker(clip.frames.scans[0])
    return DataSet("scans", place.resolve().name, tuple(clips), stand_in=name_makers(makers))


def find_clips(places: Sequence[Path]) -> list[Clip]:
    """Returns the clips at each place, in order: a mesh file is a single scan, a folder of meshes is one clip.

    A folder without meshes stands for those of its folders that hold meshes. Numbers in names are sorted as numbers, so
    2.obj comes before 10.obj. Landmarks of the scheme "bu83", in mm, are read if they lie beside a scan under its name.
    Raises UserError where a place does not exist or holds no mesh.
    """
    return [clip for place in places for clip in _open(place)]


def part_clips(clips: Sequence[Clip]) -> list[Clip]:
    """Makes each scan of `clips` a clip of its own, for a model that sees single scans."""
    scans = (scan for clip in clips if isinstance(clip.frames, ScanFiles) for scan in clip.frames.scans)
    return [_clip(scan, (scan,)) for scan in scans]


def _open(place: Path) -> list[Clip]:
    if absence := tell_absence(place):
        raise UserError(f"{place} {absence}; give a mesh file, or a folder of meshes")
    if place.is_dir():
        return _open_folder(place)
    if not is_mesh(place):
        raise UserError(
            f"{place}: {place.suffix or 'no suffix'!r} is no mesh format that can be read; "
            ".obj, .ply, .stl, .wrl and others are"
        )
    return [_clip(place, (place,))]


def _open_folder(place: Path) -> list[Clip]:
    """Returns the clip of the meshes in a folder, or else one clip for each of its folders that hold meshes."""
    inside = [place, *(path for path in _list(place) if path.is_dir())]
    found = {folder: _meshes(folder) for folder in inside}
    chosen = [place] if found[place] else [folder for folder in inside if found[folder]]
    if not chosen:
        raise UserError(
            f"{place}: holds no mesh, and no folder of meshes; .obj, .ply, .stl, .wrl and others are read, "
            f"and data sets where they can be named, as in bu4dfe={place}"
        )
    return [_clip(folder, found[folder]) for folder in chosen]


def _clip(place: Path, scans: tuple[Path, ...]) -> Clip:
    marks = tuple(_find_marks(scan) for scan in scans)
    beside = [file for file in _list(scans[0].parent) if file.suffix.lower() in _BESIDE]
    return Clip(
        id=str(place),
        subject="",
        labels=(place.resolve().stem,),  # nothing else is known
        frames=ScanFiles(scans, marks, read_frame, read_marks),
        content_key=hash_files([*scans, *filter(None, marks), *beside]),
        landmark_scheme="bu83" if any(marks) else None,
    )


def _find_marks(scan: Path) -> Path | None:
    beside = (find_file(scan.with_suffix(suffix)) for suffix in MARKS)
    return next((file for file in beside if file.is_file()), None)


def _meshes(folder: Path) -> tuple[Path, ...]:
    return tuple(path for path in _list(folder) if path.is_file() and is_mesh(path))


def _list(folder: Path) -> list[Path]:
    """What lies in a folder and is not hidden, by name."""
    paths = (path for path in folder.iterdir() if not is_hidden(path.name))
    # Every second part is a number, so that like is compared with like.
    return sorted(
        paths, key=lambda path: [int(p) if n % 2 else p for n, p in enumerate(re.split(r"([0-9]+)", path.name))]
    )
