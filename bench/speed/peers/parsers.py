"""Reads a .wrl with Python, numpy or polars, and an .obj with trimesh, as a user would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

ReadArrays = tuple[NDArray[Any], ...]  # vertices, triangles, uv, triangles in uv
_LISTS = (3, 4, 2, 4)  # numbers per row in the four lists of a .wrl, in the order of write_vrml


def read_with_split(path: Path) -> ReadArrays:
    """Converts every word of the file with float(); finds the four lists by their brackets."""
    words = path.read_text().replace(",", " ").split()
    lists, at = [], 0
    for width in _LISTS:
        begin = words.index("[", at) + 1
        at = words.index("]", begin)
        lists.append(np.array([float(x) for x in words[begin:at]]).reshape(-1, width))
    return _cast(lists)


def read_with_numpy(path: Path) -> ReadArrays:
    """Reads each list with numpy.fromstring, which is faster than numpy.loadtxt."""
    text, lists, at = path.read_text().replace(",", " "), [], 0
    for width in _LISTS:
        begin = text.index("[", at) + 1
        at = text.index("]", begin)
        lists.append(np.fromstring(text[begin:at], sep=" ").reshape(-1, width))
    return _cast(lists)


def read_with_polars(path: Path) -> ReadArrays:
    """Reads each list as a table of comma-separated values; index lists lose their closing -1."""
    import polars

    content, lists, at = path.read_bytes(), [], 0
    for width in _LISTS:
        begin = content.index(b"[\n", at) + 2
        at = content.index(b"]", begin)
        gap, other, kind = (b",", b" ", polars.Int32) if width == 4 else (b" ", b",", polars.Float64)
        columns = width + (width == 4)  # a comma ends each line
        schema = {str(column): kind for column in range(columns)}
        table = polars.read_csv(
            content[begin:at].replace(other, b""),
            has_header=False,
            separator=gap.decode(),
            schema=schema,
            columns=range(3 if width == 4 else width),
        )
        lists.append(table.to_numpy())
    return _cast(lists)


def _cast(lists: list[NDArray[Any]]) -> ReadArrays:
    points, corners, uv, corners_uv = lists
    triangles = (corners[:, :3].astype(np.int32), corners_uv[:, :3].astype(np.int32))
    return points.astype(np.float32), triangles[0], uv.astype(np.float32), triangles[1]


def read_with_trimesh(path: Path) -> ReadArrays:
    """Reads the mesh with trimesh in its fastest way, which leaves the order of vertices unchanged."""
    mesh: Any = trimesh.load(path, process=False, maintain_order=True)
    return mesh.vertices, mesh.faces, mesh.visual.uv, mesh.faces


VRML_PEERS: dict[str, Callable[[Path], ReadArrays]] = {
    "float(x) for x in split()": read_with_split,
    "numpy.fromstring": read_with_numpy,
    "polars": read_with_polars,
}
OBJ_PEERS: dict[str, Callable[[Path], ReadArrays]] = {"trimesh": read_with_trimesh}
