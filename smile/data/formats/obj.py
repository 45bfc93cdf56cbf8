"""Reads and writes Wavefront OBJ faces (.obj), as in BP4D and 4DME: one mesh, and the image that its material names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from smile.arrays import Float32, Int32
from smile.data.face import Scan
from smile.data.formats.materials import name_picture
from smile.data.formats.pictures import find_picture
from smile.data.formats.surface import scale_colours, tidy
from smile.data.formats.tokens import obj_lines
from smile.data.formats.tokens.fans import CHUNK, MOST_CORNERS, Fans
from smile.data.formats.tokens.lines import FARTHEST_POINT
from smile.data.formats.tokens.obj_lines import (
    BARE,
    COUNTS,
    FULL,
    LATE,
    LIBRARIES,
    LIBRARY,
    OVER,
    POINTS,
    UV,
    WIDTH,
    ObjArrays,
    parse_lines,
)
from smile.data.formats.tokens.text import MOST_REPEATS, REMEDY, Text, format_rows, load_text
from smile.errors import BadFile

_REASONS = {
    obj_lines.NO_NUMBER: "{word} is not a number",
    obj_lines.FEW_NUMBERS: "a point has too few numbers",
    obj_lines.NO_CORNER: "{word} is not a corner of a face",
    obj_lines.NO_INDEX: "{word} counts from 0 or back behind the first point",
    obj_lines.FEW_CORNERS: "a face has fewer than 3 corners",
    obj_lines.MANY_CORNERS: f"a face has more than {MOST_CORNERS} corners",
    obj_lines.NO_STATEMENT: "{word} is no statement of an OBJ file",
}
_LEAST_USED = 0.5  # of the vertices of a scan are in a face; exporters leave few out
_SCAN = 1000  # vertices; smaller meshes may be anything
_LATE = 1024  # decimals that Python reads at a time


def read_obj(path: Path) -> Scan:
    """Reads the face in an OBJ file: v, vt and f in any form; polygons become fans of triangles; no landmarks.

    Colours behind the vertices count where all have one in range (0 to 1, or to 255), texture coordinates where every
    corner of a face has one; normals, groups and curves are passed over. The texture is the map_Kd of the material
    that most faces have, of a library inside the scan's folder, else the picture of the scan's name, else None.
    Raises BadFile where a statement or a number is malformed, an index is out of range, a coordinate is not finite or
    beyond 1e6, a texture coordinate is beyond 16, there is no face, or faces are missing. Faces are missing if most
    vertices are in no face: the file was cut at the end of a line.
    """
    text = load_text(path)
    arrays, fan, fan_uv = _parse(text)
    if len(fan.triangles) == 0:
        raise BadFile(path, f"byte {len(text)}", "the file ends without a face", REMEDY)
    vertices, colours = _split_points(arrays)
    _check_range(text, fan, len(vertices), 0)
    _check_whole(text, fan.triangles, len(vertices))
    picture, left_out = name_picture(text, int(arrays.counts[LIBRARY]), several=arrays.counts[LIBRARIES] > 1)
    scan = Scan(vertices, fan.triangles, texture=find_picture(path, picture), colours=colours, left_out=left_out)
    uv, bare = arrays.uv.reshape(-1, 2), int(arrays.counts[BARE])
    if uv.size and not max(uv.max(), -uv.min()) <= MOST_REPEATS and (far := np.abs(uv) > MOST_REPEATS).any():
        raise _refuse_row(text, b"vt", uv, int(far.any(axis=1).argmax()), MOST_REPEATS)
    if bare < fan.sizes.sum():
        _check_range(text, fan_uv, len(uv), 1)
    scan = scan if bare else replace(scan, uv=uv, triangles_uv=fan_uv.triangles)
    return tidy(scan, lambda row: _refuse_row(text, b"v", vertices, row, FARTHEST_POINT))


def _check_whole(text: Text, triangles: Int32, points: int) -> None:
    if points < _SCAN:
        return
    used = np.zeros(points, np.bool_)
    used[triangles] = True
    if used.mean() < _LEAST_USED:
        reason = f"only {used.sum()} of {points} vertices are in a face: the file was cut"
        raise BadFile(text.file, f"byte {len(text)}", reason, REMEDY)


def _parse(text: Text) -> tuple[ObjArrays, Fans, Fans]:
    """Parses all lines; returns the arrays, cut to their lengths, and the fans for vertices and texture coordinates."""
    fan, fan_uv = Fans(len(text) // 48), Fans(len(text) // 48)
    points, uv = (np.empty(len(text) // 24 + CHUNK, np.float32) for _ in range(2))
    late, counts = np.empty((_LATE, 4), np.int64), np.zeros(COUNTS, np.int64)
    first = next(_find_statements(text, b"v"), None)
    counts[WIDTH] = 6 if first and len(first[1].split()) >= 6 else 3
    at, status = 0, FULL
    while status == FULL:
        for fans in (fan, fan_uv):
            fans.make_room()
        for values, which in ((points, POINTS), (uv, UV)):
            if len(values) < counts[which] + CHUNK:
                values.resize(2 * len(values), refcheck=False)
        arrays = ObjArrays(
            points, uv, late, fan.triangles, fan.sizes, fan.state, fan_uv.triangles, fan_uv.sizes, fan_uv.state, counts
        )
        at, status = parse_lines(text.content, at, arrays)
        with np.errstate(over="ignore"):  # a value beyond float32 becomes infinite, and is refused later
            for which, number, first, after in late[: counts[LATE]].tolist():
                (points if which == POINTS else uv)[number] = float(text[first:after])
        counts[LATE] = 0
    if status != OVER:
        raise BadFile(text.file, f"byte {at}", _REASONS[status].format(word=text.word(at)), REMEDY)
    for values, which in ((points, POINTS), (uv, UV)):
        values.resize(int(counts[which]), refcheck=False)
    fan.trim()
    fan_uv.trim()
    return arrays, fan, fan_uv


def _split_points(arrays: ObjArrays) -> tuple[Float32, Float32 | None]:
    """Vertices [V, 3], and their colours [V, 3] from 0 to 1, where all have one."""
    rows = arrays.points.reshape(-1, int(arrays.counts[WIDTH]))
    return np.ascontiguousarray(rows[:, :3]), scale_colours(np.ascontiguousarray(rows[:, 3:]))


def _refuse_row(text: Text, statement: bytes, rows: Float32, row: int, limit: float) -> BadFile:
    """The fault of a row, one a statement, with a number that is not within `limit`."""
    value = rows[row][~(np.abs(rows[row]) <= limit)][0]
    faulty = next(itertools.islice(_find_statements(text, statement), row, None))
    reason = f"{statement.decode()} value {value:g} is not within {limit:g}"
    return BadFile(text.file, f"byte {faulty.start()}", reason, REMEDY)


def _check_range(text: Text, fan: Fans, points: int, part: int) -> None:
    """Raises BadFile at the first corner with a number above `points`; `part` 0 is the vertex, 1 the texture."""
    if fan.largest < points:
        return
    for face in _find_statements(text, b"f"):
        for corner in re.finditer(rb"[^\s\\]+", face[1]):
            parts = corner[0].split(b"/")
            if len(parts) > part and parts[part] and int(parts[part]) > points:
                kind = ("vertices", "texture coordinates")[part]
                place = f"byte {face.start(1) + corner.start()}"
                reason = f"{corner[0].decode()!r} wants more than the {points} {kind} that there are"
                raise BadFile(text.file, place, reason, REMEDY)


def _find_statements(text: Text, word: bytes) -> Iterator[re.Match[bytes]]:
    """Yields every statement that begins with `word`; group 1 is the rest of its line, with joined lines."""
    pattern = rb"(?<![^\r\n])[ \t]*" + word + rb"(?=[ \t\\])((?:[^\r\n#\\]|\\(?:\r\n|\r|\n)?)*)"
    return re.finditer(pattern, text.view)


def write_obj(path: Path, scan: Scan, texture_name: str, comment: str = "") -> None:
    """Writes `scan` as OBJ, mm with 4 decimals and texture coordinates with 6, and the material file beside it.

    `texture_name` is an image beside the file; if empty, there is no material. `comment` is one line at the start of
    both files, or empty.
    """
    head = f"# {comment}\n" if comment else ""
    library, use = (f"mtllib {path.stem}.mtl\n", "usemtl face\n") if texture_name else ("", "")
    parts, corners = [head, library, format_rows("v %.4f %.4f %.4f\n", scan.vertices)], scan.triangles + 1
    if scan.uv is None or scan.triangles_uv is None:
        parts += [use, format_rows("f %d %d %d\n", corners)]
    else:
        both = np.stack([corners, scan.triangles_uv + 1], axis=2)
        parts += [format_rows("vt %.6f %.6f\n", scan.uv), use, format_rows("f %d/%d %d/%d %d/%d\n", both)]
    path.write_bytes("".join(parts).encode())
    if texture_name:
        path.with_suffix(".mtl").write_bytes(f"{head}newmtl face\nmap_Kd {texture_name}\n".encode())
