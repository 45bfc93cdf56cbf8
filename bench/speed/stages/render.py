"""Times the images of a scan of 69,000 triangles beside pyrender (OpenGL) and trimesh with Embree (rays).

Ours draws one scan per thread, as for a data set. OpenGL in software uses all cores by itself. Embree, as trimesh
calls it, uses one core.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from bench.speed.peers.renderers import PEERS, DrawnViews, Limits, open_peers
from bench.speed.row import SpeedRow
from bench.speed.scans import make_scan
from bench.speed.timing import interleave
from smile.arrays import Float64
from smile.config import Rendering
from smile.data.face import Scan
from smile.progress import Reporter, report_each
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.rasterize import rasterize

SIZE, VIEW_COUNT = 224, 12
#: Name of the case -> whether normals are drawn too.
CASES = {"depth": False, "depth and normals": True}
#: Milliseconds of one core that a view needs at least, estimated from the loads and operations of a triangle.
FLOOR = 0.2
ROUNDS = 5


def time_render(reporter: Reporter) -> list[SpeedRow]:
    """Returns a row for each case and peer: 12 views of 224 pixels."""
    scan, rows = make_scan(), []
    for case in report_each(reporter, "Timing renderers", CASES):
        rows += time_case(scan, case, SIZE, VIEW_COUNT, ROUNDS)
    return rows


def time_case(scan: Scan, case: str, size: int, view_count: int, rounds: int) -> list[SpeedRow]:
    """Returns the rows of one of the CASES."""
    seen_from, threads = cameras(Rendering(view_count=view_count)), os.cpu_count() or 1
    layers = ("depth", "normals") if CASES[case] else ("depth",)
    draws, problems = open_peers(scan, seen_from, size, CASES[case])
    with ThreadPoolExecutor(threads) as pool:
        equal = {name: check_agreement(scan, draw(), seen_from, PEERS[name][1]) for name, draw in draws.items()}
        ways: dict[str, Callable[[], object]] = {
            "ours": lambda: list(pool.map(lambda _: rasterize(scan, seen_from, size, layers), range(threads))),
        }
        seconds = interleave({**ways, **draws}, rounds)
    alone = 1000 * _take_core(partial(rasterize, scan, seen_from, size, layers)) / view_count
    note = f"{threads} threads; {alone:.2f} ms of a core a view, {alone / FLOOR:.1f} times the floor of {FLOOR} ms"
    return [
        SpeedRow(
            stage="render",
            case=f"{case}, {view_count} views, {size} pixels, {len(scan.triangles):,} triangles",
            ours=threads * view_count / seconds["ours"],
            peer=view_count / seconds[name] if name in draws else None,
            peer_name=name,
            unit="views/s",
            equal=equal.get(name, False),
            note=note if name in draws else problems[name],
        )
        for name in PEERS
    ]


def _take_core(draw: Callable[[], object]) -> float:
    """Returns the smallest core seconds of several calls, which other programs on the machine hardly change."""
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        draw()
        taken.append(time.process_time() - start)
    return min(taken)


def check_agreement(scan: Scan, views: DrawnViews, seen_from: Float64, limits: Limits) -> bool:
    """Returns whether a peer's images equal ours within its limits, in every view."""
    depth, normals = views
    ours = rasterize(scan, seen_from, depth.shape[-1])
    mask = np.isfinite(depth)
    both, either = mask & ours.mask, mask | ours.mask
    overlap = both.sum(axis=(1, 2)) / np.maximum(either.sum(axis=(1, 2)), 1)
    away = [np.median(np.abs(a - b)[c]) for a, b, c in zip(depth, ours.layers["depth"][:, 0], both, strict=True)]
    fine = overlap.min() >= limits[0] and max(away) <= limits[1]
    if normals is None or not fine:
        return bool(fine)
    length = np.linalg.norm(normals[both], axis=-1, keepdims=True)
    apart = normals[both] / length - ours.layers["normals"].transpose(0, 2, 3, 1)[both]
    return bool(np.degrees(np.median(np.linalg.norm(apart, axis=-1))) <= limits[2])
