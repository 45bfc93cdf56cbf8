"""Makes scans as large as recorded ones, for stages that read or draw them: by a formula, or a synthetic face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import trimesh

from smile.arrays import Float64, Int64
from smile.data.face import Clip, Scan
from smile.rendering.pose.generic_face import height
from smile.stand_ins.synthetic import make_synthetic

#: mm between neighbours; gives about 35,000 vertices, as in the scans of BU-4DFE.
_STEP = 0.712


def make_scan(seed: int = 0, smile: float = 0.0, step: float = _STEP) -> Scan:
    """Makes a textured face with about 35,000 vertices and 70,000 triangles, its cheeks raised by `smile` mm.

    `step` is the distance of neighbouring vertices in mm, and decides their number. Texture coordinates have numbers of
    their own, as in the releases, where seams double some vertices.
    """
    rng = np.random.default_rng(seed)
    axis = np.arange(-90, 90, step)
    x, y = np.meshgrid(axis, axis[::-1])
    with np.errstate(invalid="ignore"):
        z = height(x, y) + smile * np.exp(-(((np.abs(x) - 30) / 16) ** 2) - ((y + 5) / 16) ** 2)
    points = np.stack([x, y, z], axis=2).reshape(-1, 3) + rng.normal(0, 0.1, (x.size, 3))
    corners = np.arange(x.size).reshape(x.shape)
    a, b, c, d = (corners[rows, columns].ravel() for rows, columns in _SQUARE)
    triangles = np.concatenate([np.stack([a, c, b], axis=1), np.stack([b, c, d], axis=1)])
    triangles = triangles[np.isfinite(points[triangles]).all(axis=(1, 2))]
    used, triangles = np.unique(triangles, return_inverse=True)
    triangles = triangles.reshape(-1, 3).astype(np.int32)
    order = rng.permutation(len(used)).astype(np.int32)
    uv = np.empty((len(used), 2), np.float32)
    uv[order] = (points[used, :2] + 90) / 180
    return Scan(points[used].astype(np.float32), triangles, uv=uv, triangles_uv=order[triangles])


_FIRST, _SECOND = slice(None, -1), slice(1, None)
_SQUARE = ((_FIRST, _FIRST), (_FIRST, _SECOND), (_SECOND, _FIRST), (_SECOND, _SECOND))


def make_clip(frames: int) -> Clip:
    """Makes a clip of a synthetic face with landmarks; each scan has about 35,000 vertices and 70,000 triangles.

    Texture coordinates have numbers of their own, as in the releases.
    """
    clip = next(clip for clip in make_synthetic(1, frames).clips if clip.labels == ("surprise",))
    return replace(clip, frames=[_refine(scan) for scan in clip.frames])


def _refine(scan: Scan) -> Scan:
    vertices, triangles = trimesh.remesh.subdivide(scan.vertices, scan.triangles)
    vertices, triangles = _add_centres(vertices, triangles, len(triangles) // 2)
    order = np.random.default_rng(0).permutation(len(vertices))
    low, high = vertices[:, :2].min(axis=0), vertices[:, :2].max(axis=0)
    uv = np.empty((len(vertices), 2))
    uv[order] = (vertices[:, :2] - low) / (high - low)
    return replace(
        scan,
        vertices=vertices.astype(np.float32),
        triangles=triangles.astype(np.int32),
        uv=uv.astype(np.float32),
        triangles_uv=order[triangles].astype(np.int32),
    )


def _add_centres(vertices: Float64, triangles: Int64, count: int) -> tuple[Float64, Int64]:
    """Returns the mesh with one more vertex in the middle of each of the first `count` triangles."""
    a, b, c = triangles[:count].T
    centres = len(vertices) + np.arange(count)
    parts = [np.stack(corners, axis=1) for corners in ((a, b, centres), (b, c, centres), (c, a, centres))]
    vertices = np.concatenate([vertices, vertices[triangles[:count]].mean(axis=1)])
    return vertices, np.concatenate([triangles[count:], *parts])
