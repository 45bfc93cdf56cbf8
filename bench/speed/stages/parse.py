"""Reading a scan of 35,000 vertices with texture: .wrl beside Python, numpy and polars, .obj beside trimesh."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from bench.speed.row import SpeedRow
from bench.speed.scans import make_clip
from bench.speed.timing import interleave
from smile.data.face import Scan
from smile.data.formats.obj import read_obj, write_obj
from smile.data.formats.vrml import read_vrml, write_vrml
from smile.progress import Reporter

ReadArrays = tuple[NDArray[Any], ...]  # vertices, triangles, uv, triangles in uv
_LISTS = (3, 4, 2, 4)  # numbers a row in the four lists of a .wrl, in the order in which write_vrml has them


def time_parse(reporter: Reporter) -> list[SpeedRow]:
    """A row a peer; every way reads the file from disk, on one thread, into the same arrays to the bit."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        wrl, obj = Path(name) / "000.wrl", Path(name) / "000.obj"
        scan = make_clip(2).frames[0]
        write_vrml(wrl, scan, "")
        write_obj(obj, scan, "")
        for number, (path, read, peers) in enumerate(((wrl, read_vrml, VRML_PEERS), (obj, read_obj, OBJ_PEERS))):
            reporter("Timing parsers", number, 2)
            rows += _compare(path, read, peers)
    reporter("Timing parsers", 2, 2)
    return rows


def _compare(
    path: Path, read: Callable[[Path], Scan], peers: Mapping[str, Callable[[Path], ReadArrays]]
) -> list[SpeedRow]:
    # Polars looks at this when it is imported; every other way has one thread by nature.
    os.environ["POLARS_MAX_THREADS"] = "1"
    scan, found = read(path), dict[str, ReadArrays]()
    for name, peer in peers.items():
        try:
            found[name] = peer(path)
        except ImportError:
            continue
    seconds = interleave({"ours": partial(read, path), **{name: partial(peers[name], path) for name in found}})
    size = path.stat().st_size / 1e6
    case = f"{path.suffix} of {len(scan.vertices):,} vertices, {len(scan.triangles):,} triangles, {size:.1f} MB"
    return [
        SpeedRow(
            stage="parse",
            case=case,
            ours=1 / seconds["ours"],
            peer=1 / seconds[name] if name in found else None,
            peer_name=name,
            unit="scans/s",
            equal=name in found and _equal(scan, found[name]),
            note="one thread; the same bits" if name in found else "not installed: pip install -e '.[speed]'",
        )
        for name in peers
    ]


def _equal(scan: Scan, arrays: ReadArrays) -> bool:
    """Whether points and texture coordinates of all corners are the same to the bit, however points are numbered."""
    vertices, triangles, uv, triangles_uv = arrays
    assert scan.uv is not None and scan.triangles_uv is not None
    places = scan.vertices[scan.triangles].tobytes() == vertices[triangles].astype(np.float32).tobytes()
    return places and scan.uv[scan.triangles_uv].tobytes() == uv[triangles_uv].astype(np.float32).tobytes()


def read_with_split(path: Path) -> ReadArrays:
    """Every word of the file by float(), the four lists found by their brackets."""
    words = path.read_text().replace(",", " ").split()
    lists, at = [], 0
    for width in _LISTS:
        begin = words.index("[", at) + 1
        at = words.index("]", begin)
        lists.append(np.array([float(x) for x in words[begin:at]]).reshape(-1, width))
    return _cast(lists)


def read_with_numpy(path: Path) -> ReadArrays:
    """Each list by numpy.fromstring, which is quicker than numpy.loadtxt."""
    text, lists, at = path.read_text().replace(",", " "), [], 0
    for width in _LISTS:
        begin = text.index("[", at) + 1
        at = text.index("]", begin)
        lists.append(np.fromstring(text[begin:at], sep=" ").reshape(-1, width))
    return _cast(lists)


def read_with_polars(path: Path) -> ReadArrays:
    """Each list as a table of comma-separated values, the index lists without their closing -1."""
    import polars

    content, lists, at = path.read_bytes(), [], 0
    for width in _LISTS:
        begin = content.index(b"[\n", at) + 2
        at = content.index(b"]", begin)
        gap, other, kind = (b",", b" ", polars.Int32) if width == 4 else (b" ", b",", polars.Float64)
        columns = width + (width == 4)  # a comma ends the line
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
    """The mesh as trimesh reads it when it is told to leave the order as it is, which is its quickest way."""
    mesh: Any = trimesh.load(path, process=False, maintain_order=True)
    return mesh.vertices, mesh.faces, mesh.visual.uv, mesh.faces


VRML_PEERS: dict[str, Callable[[Path], ReadArrays]] = {
    "float(x) for x in split()": read_with_split,
    "numpy.fromstring": read_with_numpy,
    "polars": read_with_polars,
}
OBJ_PEERS: dict[str, Callable[[Path], ReadArrays]] = {"trimesh": read_with_trimesh}
