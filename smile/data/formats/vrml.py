"""VRML 2.0 faces (.wrl), as BU-3DFE and BU-4DFE hold them: one indexed face set and the name of its picture."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numba
import numpy as np

from smile.data.face import Float, Int, Scan
from smile.data.formats.number_lists import REMEDY, load, place_of, read_floats, read_integers
from smile.errors import BadFile

#: Suffixes of pictures that may lie beside a scan under its name.
PICTURES = (".jpg", ".jpeg", ".png", ".bmp")

_FARTHEST = 1e6  # mm; a face is a few hundred from the origin, and a kilometre is a fault
_END = np.int32(-1)  # closes a polygon
_MOST_CORNERS = 64  # of one polygon; the releases have 3 to 6, and far more means that separators are lost

# A comment, a string, a bracket or a word. A string that nothing closes takes the rest of the file: were it no match,
# a file full of quotation marks would be searched to its end from each of them.
_WORD = re.compile(rb'#[^\r\n]*|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]|[^\s,\[\]{}"#]+', re.DOTALL)
# A list that holds neither nodes, strings nor comments, such as normals: passed over in one step.
_FLAT_LIST = re.compile(rb'\[[^\[\]{}"#]*+\]')
_POINT_OWNERS = {b"Coordinate": "coord", b"TextureCoordinate": "texCoord"}


@dataclass
class _Contents:
    """What a walk over the file has found: number lists by block, with the byte at which each begins."""

    points: dict[str, Float] = field(default_factory=dict)  # "coord", "texCoord"
    corners: dict[str, Int] = field(default_factory=dict)  # "coordIndex", "texCoordIndex"
    begins: dict[str, int] = field(default_factory=dict)
    picture: str = ""
    clockwise: bool = False
    open_braces: int = 0


def read_vrml(path: Path) -> Scan:
    """The face in a VRML 2.0 text file; blocks in any order, polygons fanned into triangles, no landmarks.

    The texture is the picture that `url` names inside the scan's folder, else the one of the scan's name, else None.
    Raises BadFile where the file is cut, malformed or empty, an index is out of range, or a coordinate is not
    finite or farther than 1e6.
    """
    data = load(path)
    contents = _walk(path, data)
    _check_blocks(path, data, contents)
    vertices = _shape_points(path, data, contents, "coord", 3)
    triangles = _fan(path, data, contents, "coordIndex", len(vertices))
    scan = Scan(vertices, triangles, texture=_find_picture(path, contents.picture))
    if len(contents.points.get("texCoord", ())):
        uv = _shape_points(path, data, contents, "texCoord", 2)
        scan = replace(scan, uv=uv, triangles_uv=_fan_texture(path, data, contents, len(uv)))
    if contents.clockwise:
        turned = None if scan.triangles_uv is None else scan.triangles_uv[:, ::-1].copy()
        scan = replace(scan, triangles=triangles[:, ::-1].copy(), triangles_uv=turned)
    return scan


def write_vrml(path: Path, scan: Scan, texture_name: str, comment: str = "") -> None:
    """Writes `scan` as VRML 2.0 in the words of BU-4DFE: mm to 4 decimals, texture coordinates to 6.

    `texture_name` is a picture beside the file, or empty; `comment` is one line below the header, or empty.
    """
    parts = ["#VRML V2.0 utf8\n", f"# {comment}\n" if comment else "", "Shape {\n"]
    if texture_name:
        parts.append(f'appearance Appearance {{\ntexture ImageTexture {{\nurl "{texture_name}"\n}}\n}}\n')
    parts += ["geometry IndexedFaceSet {\n", _format("coord Coordinate {\npoint", "%.4f %.4f %.4f,\n", scan.vertices)]
    parts += ["}\n", _format("coordIndex", "%d, %d, %d, -1,\n", scan.triangles)]
    if scan.uv is not None and scan.triangles_uv is not None:
        parts += [_format("texCoord TextureCoordinate {\npoint", "%.6f %.6f,\n", scan.uv), "}\n"]
        parts.append(_format("texCoordIndex", "%d, %d, %d, -1,\n", scan.triangles_uv))
    parts.append("}\n}\n")
    path.write_bytes("".join(parts).encode())


def _format(head: str, line: str, rows: Float | Int) -> str:
    """One block: a single formatting of all rows at once is ten times as fast as one of each."""
    return f"{head} [\n{(line * len(rows)) % tuple(rows.ravel().tolist())}]\n"


def _walk(path: Path, data: bytes) -> _Contents:
    """Goes over the words of the file by keyword and reads the number lists of a face."""
    contents = _Contents()
    at, owner, previous = 0, "", b""
    while token := _WORD.search(data, at, len(data) - 1):
        word, at = token[0], token.end()
        if word == b"[":
            at = _read_list(path, data, at, _name_list(previous, owner), contents)
            continue
        if word.startswith(b'"') and previous == b"url" and not contents.picture:
            contents.picture = word[1:-1].decode("utf-8", "replace")
        contents.open_braces += (word == b"{") - (word == b"}")
        contents.clockwise |= (previous, word) == (b"ccw", b"FALSE")
        owner = _POINT_OWNERS.get(word, owner)
        previous = previous if word.startswith(b"#") else word
    return contents


def _name_list(previous: bytes, owner: str) -> str:
    """Which block of a face the list after the word `previous` is; empty for none."""
    if previous == b"point":
        return owner
    return previous.decode() if previous in (b"coordIndex", b"texCoordIndex") else ""


def _read_list(path: Path, data: bytes, at: int, block: str, contents: _Contents) -> int:
    """Reads or passes over the list whose bracket ends at byte `at`; returns where to go on."""
    if not block:
        flat = _FLAT_LIST.match(data, at - 1)
        return flat.end() if flat else at
    if block in contents.begins:
        raise BadFile(path, f"byte {at}", f"a second {block} block", "keep one face in a file")
    contents.begins[block] = at
    if block.endswith("Index"):
        corners, at = read_integers(path, data, at, block)
        # The very last separator may be missing.
        contents.corners[block] = np.append(corners, _END) if len(corners) and corners[-1] != -1 else corners
    else:
        contents.points[block], at = read_floats(path, data, at, block)
    return at


def _check_blocks(path: Path, data: bytes, contents: _Contents) -> None:
    for block in ("coord", "coordIndex"):
        if block not in contents.begins:
            raise BadFile(path, block, "the file has no such block", f"{REMEDY}; a VRML 2.0 face set is expected")
    # Behind the last block nothing of the face can be lost; before it, a cut file would silently lose its texture.
    if contents.open_braces > 0 and "texCoordIndex" not in contents.begins:
        raise BadFile(path, f"byte {len(data) - 1}", "the file ends before its last block is closed", REMEDY)


def _shape_points(path: Path, data: bytes, contents: _Contents, block: str, width: int) -> Float:
    """The numbers of `block` as rows of `width`, each finite and of sensible size."""
    values = contents.points[block]
    if len(values) == 0 or len(values) % width:
        raise BadFile(path, block, f"{len(values)} numbers do not make points of {width}", REMEDY)
    wrong = ~(np.abs(values) <= _FARTHEST)
    if wrong.any():
        first = int(wrong.argmax())
        place = place_of(data, contents.begins[block], first)
        raise BadFile(path, place, f"{block} value {values[first]:g} is not within {_FARTHEST:g}", REMEDY)
    return values.reshape(-1, width)


def _fan(path: Path, data: bytes, contents: _Contents, block: str, points: int) -> Int:
    """The polygons of `block` as triangles [T, 3] of numbers below `points`."""
    corners = contents.corners[block]
    triangle_count, fault, reason = _check_polygons(corners, points)
    if fault >= 0:
        reasons = {
            _OUTSIDE: f"{block} {corners[fault]} is not a number below {points}",
            _SMALL: f"a polygon of {block} has fewer than 3 corners",
            _LARGE: f"a polygon of {block} has more than {_MOST_CORNERS} corners: its -1 is missing",
        }
        raise BadFile(path, place_of(data, contents.begins[block], fault), reasons[reason], REMEDY)
    if triangle_count == 0:
        raise BadFile(path, block, "the mesh has no polygons", REMEDY)
    triangles = np.empty((triangle_count, 3), np.int32)
    _fan_polygons(corners, triangles)
    return triangles


def _fan_texture(path: Path, data: bytes, contents: _Contents, points: int) -> Int:
    """The triangles in texture coordinates; without an index list of their own they follow coordIndex (VRML 6.23)."""
    corners, own = contents.corners["coordIndex"], contents.corners.get("texCoordIndex")
    if own is None or len(own) == 0:
        return _fan(path, data, contents, "coordIndex", points)
    triangles = _fan(path, data, contents, "texCoordIndex", points)
    if not np.array_equal(corners < 0, own < 0):
        raise BadFile(path, "texCoordIndex", "its polygons do not match those of coordIndex", REMEDY)
    return triangles


def _find_picture(path: Path, name: str) -> Path | None:
    """The picture of the scan at `path`; a `name` that leads out of its folder is ignored."""
    return next((picture for picture in _candidates(path, name) if _is_file(picture)), None)


def _candidates(path: Path, name: str) -> Iterator[Path]:
    inside = os.path.normpath(name)
    if Path(inside).suffix.lower() in PICTURES and not Path(inside).is_absolute() and not inside.startswith(".."):
        yield path.parent / inside
    for suffix in PICTURES:
        yield path.with_suffix(suffix)
        yield path.with_suffix(suffix.upper())


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that the file system cannot hold
        return False


_OUTSIDE, _SMALL, _LARGE = 1, 2, 3


@numba.njit(cache=True, nogil=True)
def _check_polygons(corners, points):  # type: ignore[no-untyped-def]
    """(triangles, first faulty entry or -1, reason) of polygons that each end in -1."""
    triangles, size = 0, 0
    for number in range(len(corners)):
        corner = corners[number]
        if corner == -1:
            if size < 3:
                return 0, number, _SMALL
            triangles, size = triangles + size - 2, 0
        elif corner < 0 or corner >= points:
            return 0, number, _OUTSIDE
        else:
            size += 1
            if size > _MOST_CORNERS:
                return 0, number, _LARGE
    return triangles, -1, 0


@numba.njit(cache=True, nogil=True)
def _fan_polygons(corners, triangles):  # type: ignore[no-untyped-def]
    """Fills `triangles` with fans around each polygon's first corner."""
    filled, start = 0, 0
    for number in range(len(corners)):
        if corners[number] == -1:
            for corner in range(start + 1, number - 1):
                triangles[filled, 0] = corners[start]
                triangles[filled, 1] = corners[corner]
                triangles[filled, 2] = corners[corner + 1]
                filled += 1
            start = number + 1
