"""Scans that belong to no data set: a mesh file is a clip of one, a folder of mesh files one clip, in their order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from smile.data.disk import ScanFiles, hash_files
from smile.data.face import Clip, DataSet, Scan
from smile.data.formats.mesh import is_mesh
from smile.data.formats.pictures import PICTURES
from smile.data.frame_files import MARKS, read_frame, read_marks
from smile.data.stand_in import name_makers, read_comment, read_marker
from smile.errors import UserError

#: A head's largest extent in mm, as few as 90 for a face alone and as many as 600 with shoulders, ends below this many
#: of a file's own unit -> what that unit is in mm.
_UNITS = ((1.0, 1000.0), (61.0, 10.0))
#: What else a scan's picture is read from: its change makes another clip.
_BESIDE = (".mtl", *PICTURES)


def read_loose_scans(place: Path) -> DataSet:
    """The one clip of a mesh file, or of the mesh files of a folder; numbers in names count as numbers.

    Landmarks of the scheme "bu83" (mm) beside a scan, under its name, are taken along. Metres and centimetres, told by
    the head's size, become mm. Raises UserError where no scan is there.
    """
    scans = _list_scans(place)
    marks = tuple(_find_marks(scan) for scan in scans)
    folder = scans[0].parent
    beside = [file for file in sorted(folder.iterdir()) if file.suffix.lower() in _BESIDE]
    makers = read_marker(folder).union(*map(read_comment, scans[:1]))
    clip = Clip(
        id=place.name,
        subject=place.stem,
        expression=place.stem,
        frames=ScanFiles(scans, marks, _read_in_mm, read_marks),
        content_key=hash_files([*scans, *filter(None, marks), *beside]),
        landmark_scheme="bu83" if any(marks) else None,
    )
    return DataSet("scans", place.name, (clip,), stand_in=name_makers(makers))


def _list_scans(place: Path) -> tuple[Path, ...]:
    place = place.resolve()
    if place.is_dir():
        found = [file for file in place.iterdir() if is_mesh(file) and file.is_file()]
        if not found:
            raise UserError(f"{place} holds no mesh file; a data set is given by its name too, as in bu4dfe={place}")
        kinds = sorted({file.suffix for file in found})
        if len(kinds) > 1:
            raise UserError(f"{place} holds scans of several formats ({', '.join(kinds)}); leave those of one")
        return tuple(sorted(found, key=_natural))
    if not place.is_file():
        raise UserError(f"{place} is not there; give a mesh file, a folder of them, or a data set as NAME=DIR")
    if not is_mesh(place):
        raise UserError(f"{place}: {place.suffix or 'no suffix'!r} is no mesh format that can be read")
    return (place,)


def _natural(file: Path) -> list[tuple[bool, int, str]]:
    parts: Sequence[str] = re.split(r"(\d+)", file.name)
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def _find_marks(scan: Path) -> Path | None:
    beside = (scan.with_suffix(suffix) for suffix in MARKS)
    return next((file for file in beside if file.is_file()), None)


def _read_in_mm(path: Path) -> Scan:
    scan = read_frame(path)
    scale = _guess_unit(scan)
    return scan if scale == 1 else replace(scan, vertices=scan.vertices * np.float32(scale))


def _guess_unit(scan: Scan) -> float:
    """What one of a scan's units is in mm."""
    extent = float(np.ptp(scan.vertices[scan.triangles.ravel()], axis=0).max())
    return next((scale for most, scale in _UNITS if extent < most), 1.0)
