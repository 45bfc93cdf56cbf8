"""Reads one frame of a clip: a mesh of any format, its texture image and its landmarks, on disk or in an archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from smile.arrays import Float32
from smile.data.archives import exists, find_file, lasting, lend
from smile.data.face import Scan
from smile.data.formats.bnd import read_bnd
from smile.data.formats.bndplus import read_bndplus
from smile.data.formats.bnt import read_picture_name
from smile.data.formats.mesh import read_mesh
from smile.data.formats.pictures import PICTURES
from smile.data.stand_in import read_comment
from smile.data.stand_in import read_marked_name as read_mark
from smile.errors import UserError

#: Suffixes of meshes that count as frames.
MESHES = (".obj", ".wrl", ".ply", ".off", ".stl")
#: Suffix of a landmark file -> its reader; all of them give the scheme "bu83".
MARKS = {".bnd": read_bnd, ".bndplus": read_bndplus}

_MOST_DIGITS = 6  # of a frame number with leading zeros


def read_frame(path: Path) -> Scan:
    """Reads the scan at `path`; its texture is the image that the file names, or else the image with its number.

    Raises BadFile where the mesh is faulty.
    """
    with lend(path) as file:
        scan = read_mesh(file)
    if scan.texture is not None:
        return scan
    picture = picture_of(path)
    return replace(scan, texture=None if picture is None else lasting(picture))


def picture_of(path: Path) -> Path | None:
    """The picture beside the scan at `path` that has its name, or its number with other leading zeros."""
    return next((found for picture in _pictures(path) if exists(found := find_file(picture))), None)


def read_marks(path: Path) -> Float32:
    """Reads landmarks [83, 3], mm, from a file whose suffix is in MARKS; raises BadFile where the file is faulty."""
    with lend(path) as file:
        return MARKS[path.suffix.lower()](file)


def read_maker(path: Path) -> set[str]:
    """Returns what generated the face of a scan in any format, from a mark at its start; empty without a mark."""
    if path.suffix.lower() != ".bnt":
        return read_comment(path)
    try:
        with lend(path) as file:
            return read_mark(read_picture_name(file))
    except UserError:  # reading the scan reports the error
        return set()


def _pictures(path: Path) -> Iterator[Path]:
    stems = [path.stem]
    if path.stem.isdecimal() and path.stem.isascii():
        stems += [f"{int(path.stem):0{digits}d}" for digits in range(1, _MOST_DIGITS + 1)]
    for stem in dict.fromkeys(stems):
        yield from (path.with_name(stem + suffix) for suffix in PICTURES)
