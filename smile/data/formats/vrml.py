"""Reads and writes VRML 2.0 faces (.wrl) of BU-3DFE and BU-4DFE: one indexed face set, and its image's name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from smile.arrays import Float32, Int32
from smile.data.face import Scan
from smile.data.formats.pictures import find_picture
from smile.data.formats.surface import scale_colours, tidy
from smile.data.formats.tokens.lines import FARTHEST_POINT
from smile.data.formats.tokens.number_lists import Polygons, find_outside, place_of, read_floats, read_polygons
from smile.data.formats.tokens.text import MOST_REPEATS, REMEDY, Text, format_rows, load_text
from smile.data.formats.transforms import FIELDS, compose_moves, read_field
from smile.errors import BadFile

_INDICES = ("coordIndex", "texCoordIndex")
_EXPECTED = "a VRML 2.0 face set is expected"

# A comment, a string, a bracket or a word. A string without an end takes the rest of the file. If it did not match, a
# file full of quotation marks would be searched to its end from each of them.
_WORD = re.compile(rb'#[^\r\n]*|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]|[^\s,\[\]{}"#]+', re.DOTALL)
# A list without nodes, strings and comments, such as normals: it is skipped in one step.
_FLAT_LIST = re.compile(rb'\[[^\[\]{}"#]*+\]')
_BLOCKS = (b"coordIndex", b"texCoordIndex", b"color", b"colorIndex")
_POINT_OWNERS = {b"Coordinate": "coord", b"TextureCoordinate": "texCoord"}


@dataclass
class _Contents:
    """Holds what a walk over the file has found: lists of numbers by block, and the byte at which each begins."""

    points: dict[str, Float32] = field(default_factory=dict)  # "coord", "texCoord"
    polygons: dict[str, Polygons] = field(default_factory=dict)  # "coordIndex", "texCoordIndex"
    begins: dict[str, int] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)  # byte after each closing bracket
    picture: str = ""
    clockwise: bool = False
    open_braces: int = 0
    colours_of_faces: bool = False
    nodes: list[dict[bytes, list[float]] | None] = field(
        default_factory=list
    )  # that are open: of a Transform its fields
    moves: list[dict[bytes, list[float]]] = field(
        default_factory=list
    )  # the Transforms around the points, outermost first


def read_vrml(path: Path) -> Scan:
    """Reads the face in a VRML 2.0 text file; blocks in any order, polygons as fans of triangles, no landmarks.

    The Transforms around the points are applied, and colours of vertices are kept. The texture is the picture that
    `url` names, found inside the scan's folder, else the one of the scan's name, else None.
    Raises BadFile where the file is cut, malformed or empty, an index is out of range, a coordinate is not finite
    or farther than 1e6, or a texture coordinate is beyond 16.
    """
    text = load_text(path)
    contents = _walk(text)
    _check_blocks(text, contents)
    points = _shape_points(text, contents, "coord", 3, np.inf)
    polygons = contents.polygons["coordIndex"]
    triangles = _check_triangles(text, polygons, "coordIndex", len(points))
    colours, left_out = _choose_colours(text, contents, len(points))
    scan = Scan(points, triangles, texture=find_picture(path, contents.picture), colours=colours, left_out=left_out)
    if len(contents.points.get("texCoord", ())):
        uv = _shape_points(text, contents, "texCoord", 2, MOST_REPEATS)
        scan = replace(scan, uv=uv, triangles_uv=_texture_triangles(text, contents, len(uv)))
    scan, mirrored = _move(text, contents, scan)
    if contents.clockwise != mirrored:
        turned = None if scan.triangles_uv is None else scan.triangles_uv[:, ::-1].copy()
        scan = replace(scan, triangles=triangles[:, ::-1].copy(), triangles_uv=turned)
    return tidy(scan, lambda row: _refuse_point(text, contents, scan.vertices, row))


def _move(text: Text, contents: _Contents, scan: Scan) -> tuple[Scan, bool]:
    """The scan where the Transforms around it put it, and whether they turned it inside out."""
    if not any(contents.moves):
        return scan, False
    matrix = compose_moves(contents.moves)
    turns = float(np.linalg.det(matrix[:3, :3]))
    if not np.isfinite(matrix).all() or turns == 0:
        raise BadFile(text.file, f"byte {contents.begins['coord']}", "a Transform leaves nothing of the face", REMEDY)
    with np.errstate(over="ignore", invalid="ignore"):  # what is then no point is refused
        vertices = (scan.vertices @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32)
    return replace(scan, vertices=vertices), turns < 0


def _choose_colours(text: Text, contents: _Contents, count: int) -> tuple[Float32 | None, str]:
    """The colours of `count` vertices, where the file has them; and what is not used of its colours, in words."""
    values = contents.points.get("color")
    if values is None or len(values) == 0 or len(values) % 3:
        return None, ""
    if contents.colours_of_faces:
        return None, "its colours are those of faces, and only those of vertices are used"
    rows, corners = values.reshape(-1, 3), contents.polygons["coordIndex"]
    own = (
        read_polygons(text, contents.begins["colorIndex"], "colorIndex")[0] if "colorIndex" in contents.begins else None
    )
    if own is None or len(own.triangles) == 0:
        return (scale_colours(rows[:count].copy()) if len(rows) >= count else None), ""
    if own.largest >= len(rows) or not np.array_equal(own.sizes, corners.sizes):
        return None, "its colours do not fit its faces"
    colours = np.zeros((count, 3), np.float32)
    colours[corners.triangles] = rows[own.triangles]
    return scale_colours(colours), ""


def write_vrml(path: Path, scan: Scan, texture_name: str, comment: str = "") -> None:
    """Writes `scan` as VRML 2.0 in the form of BU-4DFE: mm with 4 decimals, texture coordinates with 6.

    `texture_name` is an image beside the file, or empty. `comment` is one line below the header, or empty.
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


def _format(head: str, line: str, rows: Float32 | Int32) -> str:
    return f"{head} [\n{format_rows(line, rows)}]\n"


def _walk(text: Text) -> _Contents:
    """Goes over the words of the file, follows keywords, and reads the number lists of a face."""
    contents = _Contents()
    at, owner, previous, view = 0, "", b"", text.view
    while token := _WORD.search(view, at):
        word, at = token[0], token.end()
        if word == b"[":
            at = _read_list(text, at, _name_list(previous, owner), contents)
            continue
        if word.startswith(b'"') and previous == b"url" and not contents.picture:
            contents.picture = word[1:-1].decode("utf-8", "surrogateescape")
        _follow_nodes(text, contents, previous, token)
        contents.colours_of_faces |= (previous, word) == (b"colorPerVertex", b"FALSE")
        contents.open_braces += (word == b"{") - (word == b"}")
        contents.clockwise |= (previous, word) == (b"ccw", b"FALSE")
        owner = _POINT_OWNERS.get(word, owner)
        previous = previous if word.startswith(b"#") else word
    return contents


def _follow_nodes(text: Text, contents: _Contents, previous: bytes, token: re.Match[bytes]) -> None:
    """Keeps the list of open nodes, and reads the fields of a Transform."""
    word, nodes = token[0], contents.nodes
    if word == b"{":
        nodes.append({} if previous == b"Transform" else None)
    elif word == b"}" and nodes:
        nodes.pop()
    elif word in FIELDS and nodes and nodes[-1] is not None:
        nodes[-1][word] = read_field(text, word, token.end())
    elif word == b"Inline":
        raise BadFile(text.file, f"byte {token.start()}", "an Inline brings in another file", "save both as one file")


def _name_list(previous: bytes, owner: str) -> str:
    """Returns which block of a face the list after the word `previous` is; empty if none."""
    if previous == b"point":
        return owner
    return previous.decode() if previous in _BLOCKS else ""


def _read_list(text: Text, at: int, block: str, contents: _Contents) -> int:
    """Reads or passes over the list whose bracket ends at byte `at`; returns where to go on."""
    if block == "colorIndex":  # which is read when it is known whether it is of vertices
        contents.begins[block] = at
    if block in ("", "colorIndex") or (block == "color" and block in contents.begins):
        flat = _FLAT_LIST.match(text.view, at - 1)
        return flat.end() if flat else at
    contents.moves = [node for node in contents.nodes if node is not None] if block == "coord" else contents.moves
    if block in contents.begins:
        raise BadFile(text.file, f"byte {at}", f"a second {block} block", "keep one face in a file")
    begin, contents.begins[block] = at, at
    if block not in _INDICES:
        contents.points[block], at = read_floats(text, begin, block)
    elif twin := _find_twin(text, begin, contents):
        contents.polygons[block], at = contents.polygons[twin], begin + contents.ends[twin] - contents.begins[twin]
    else:
        contents.polygons[block], at = read_polygons(text, begin, block)
    contents.ends[block] = at
    return at


def _find_twin(text: Text, begin: int, contents: _Contents) -> str:
    """Returns the index block that was already read and has equal text at byte `begin`; empty if none."""
    for block in contents.polygons:
        words = text.content[contents.begins[block] : contents.ends[block]]
        if np.array_equal(words, text.content[begin : begin + len(words)]):
            return block
    return ""


def _check_blocks(text: Text, contents: _Contents) -> None:
    end = f"byte {len(text)}"
    for block in ("coord", "coordIndex"):
        if block not in contents.begins:
            raise BadFile(text.file, end, f"the file ends without a {block} block", f"{REMEDY}; {_EXPECTED}")
    # After the last block nothing of the face can be lost. Before it, a cut file would lose its texture without notice.
    if contents.open_braces > 0 and "texCoordIndex" not in contents.begins:
        raise BadFile(text.file, end, "the file ends before its last block is closed", REMEDY)


def _shape_points(text: Text, contents: _Contents, block: str, width: int, limit: float) -> Float32:
    """The numbers of `block` as rows of `width`, none of them beyond `limit`."""
    values, begin = contents.points[block], contents.begins[block]
    if len(values) == 0 or len(values) % width:
        raise BadFile(text.file, f"byte {begin}", f"{len(values)} numbers of {block} are no points of {width}", REMEDY)
    if not max(values.max(), -values.min()) <= limit and (far := np.abs(values) > limit).any():
        raise _refuse_value(text, begin, block, values, int(far.argmax()), limit)
    return values.reshape(-1, width)


def _refuse_point(text: Text, contents: _Contents, vertices: Float32, row: int) -> BadFile:
    column = int((~(np.abs(vertices[row]) <= FARTHEST_POINT)).argmax())
    return _refuse_value(text, contents.begins["coord"], "coord", vertices.ravel(), 3 * row + column, FARTHEST_POINT)


def _refuse_value(text: Text, begin: int, block: str, values: Float32, number: int, limit: float) -> BadFile:
    reason = f"{block} value {values[number]:g} is not within {limit:g}"
    return BadFile(text.file, place_of(text, begin, number), reason, REMEDY)


def _check_triangles(text: Text, polygons: Polygons, block: str, points: int) -> Int32:
    """Returns the triangles of `block`; raises BadFile unless all their numbers are below `points`."""
    if polygons.largest >= points:
        place, word = find_outside(text, polygons, points)
        raise BadFile(text.file, place, f"{block} {word} is not a number below {points}", REMEDY)
    if len(polygons.triangles) == 0:
        raise BadFile(text.file, f"byte {polygons.begin}", f"the {block} block has no polygons", REMEDY)
    return polygons.triangles


def _texture_triangles(text: Text, contents: _Contents, points: int) -> Int32:
    """Returns the triangles in texture coordinates; without texCoordIndex they equal coordIndex (VRML 6.23)."""
    polygons, own = contents.polygons["coordIndex"], contents.polygons.get("texCoordIndex")
    if own is None or len(own.triangles) == 0:
        return _check_triangles(text, polygons, "coordIndex", points)
    triangles = _check_triangles(text, own, "texCoordIndex", points)
    if not np.array_equal(polygons.sizes, own.sizes):
        place = f"byte {contents.begins['texCoordIndex']}"
        raise BadFile(text.file, place, "the polygons of texCoordIndex do not match those of coordIndex", REMEDY)
    return triangles
