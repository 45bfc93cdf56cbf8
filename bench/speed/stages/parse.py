"""Times reading a textured scan of 35,000 vertices: .wrl beside Python, numpy and polars, .obj beside trimesh."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from bench.speed.peers.parsers import OBJ_PEERS, VRML_PEERS, ReadArrays
from bench.speed.row import SpeedRow
from bench.speed.scans import make_clip
from bench.speed.timing import interleave
from smile.data.face import Scan
from smile.data.formats.obj import read_obj, write_obj
from smile.data.formats.vrml import read_vrml, write_vrml
from smile.progress import Reporter, report_each


def time_parse(reporter: Reporter) -> list[SpeedRow]:
    """Returns a row for each peer; every way reads the file from disk, on one thread, into arrays equal to the bit."""
    rows: list[SpeedRow] = []
    with tempfile.TemporaryDirectory() as name:
        wrl, obj = Path(name) / "000.wrl", Path(name) / "000.obj"
        scan = make_clip(2).frames[0]
        write_vrml(wrl, scan, "")
        write_obj(obj, scan, "")
        cases = ((wrl, read_vrml, VRML_PEERS), (obj, read_obj, OBJ_PEERS))
        for case in report_each(reporter, "Timing parsers", cases):
            rows += _compare(*case)
    return rows


def _compare(
    path: Path, read: Callable[[Path], Scan], peers: Mapping[str, Callable[[Path], ReadArrays]]
) -> list[SpeedRow]:
    # Polars reads this when it is imported. All other ways use one thread anyway.
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
    """Returns whether points and texture coordinates of all corners are equal to the bit, in any numbering."""
    vertices, triangles, uv, triangles_uv = arrays
    assert scan.uv is not None and scan.triangles_uv is not None
    places = scan.vertices[scan.triangles].tobytes() == vertices[triangles].astype(np.float32).tobytes()
    return places and scan.uv[scan.triangles_uv].tobytes() == uv[triangles_uv].astype(np.float32).tobytes()
