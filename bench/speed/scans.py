"""Faces as large as recorded ones for the stages that read files: a relief by formula with a scanner's noise."""

from __future__ import annotations

import numpy as np

from smile.data.face import Scan
from smile.rendering.template import height

#: Millimetres between neighbours that give some 35,000 vertices, as BU-4DFE's scans have.
_STEP = 0.712


def make_scan(seed: int = 0, smile: float = 0.0, step: float = _STEP) -> Scan:
    """A textured face of about 35,000 vertices and 70,000 triangles, its cheeks raised by `smile` mm.

    Another `step` between vertices (mm) makes another number of them. Texture coordinates have numbers of their own,
    as in the releases: seams double some vertices.
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
