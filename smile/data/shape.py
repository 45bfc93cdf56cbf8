"""Says why a mesh is no surface of a face, before anything is drawn of it: its size, a flat one, torn triangles."""

from __future__ import annotations

import numpy as np

from smile.arrays import Float32, Float64, Int32
from smile.data.face import Scan
from smile.data.units import describe_size, find_factor

#: Least depth of a face, as a share of its largest extent, both as standard deviations; faces have 0.3 to 0.5.
LEAST_DEPTH = 0.05
#: Least cosine between the normals of triangles that share an edge, on average. Scans have 0.8 to 0.98, also those of
#: noisy sensors; random triangles, and a surface of which half is turned inside out, have 0.
LEAST_AGREEMENT = 0.4
_POINTS = 4000  # by which depth is told
_WINDOWS, _WINDOW = 4, 1500  # neighbouring triangles by which agreement is told; of smaller meshes all are
_FEWEST = 100  # shared edges, or nothing is said of how they agree


def tell_amiss(scan: Scan) -> str:
    """Returns why the mesh of a scan is no face, and what to do; "" where nothing speaks against it."""
    if broken := _find_break(scan):
        return broken
    if find_factor(scan.vertices) is None:
        return describe_size(scan.vertices)
    used = scan.vertices[np.unique(scan.triangles)] if len(scan.triangles) < _FEWEST else scan.vertices
    if (depth := _measure_depth(used)) < LEAST_DEPTH:
        return f"the mesh is flat, {depth:.1%} as deep as it is wide, which is no face; export the scanned surface"
    agreement = _measure_agreement(scan.vertices, scan.triangles)
    if agreement is not None and agreement < LEAST_AGREEMENT:
        return (
            f"neighbouring triangles face all ways (agreement {agreement:.2f}; faces have 0.8), as where many are "
            "wound the wrong way round, or where there is hair or noise alone; export with consistent winding"
        )
    return ""


def _find_break(scan: Scan) -> str:
    if len(scan.triangles) == 0:
        return "has no triangles"
    if scan.triangles.min() < 0 or scan.triangles.max() >= len(scan.vertices):
        return "has a triangle with a vertex number out of range"
    return "" if np.isfinite(scan.vertices).all() else "has vertices that are not finite"


def _measure_depth(points: Float32) -> float:
    """The least extent of points [P, 3] in any direction, as a share of the largest."""
    some: Float64 = points[:: max(len(points) // _POINTS, 1)].astype(np.float64)
    extents = np.linalg.svd(some - some.mean(axis=0), compute_uv=False)
    return float(extents[-1] / extents[0]) if len(extents) == 3 and extents[0] else 0.0


def _measure_agreement(points: Float32, triangles: Int32) -> float | None:
    """The cosine between the normals of triangles [T, 3] that share an edge, on average; None where few do."""
    size = _WINDOW if len(triangles) > _WINDOWS * _WINDOW else len(triangles)
    starts = np.linspace(0, len(triangles) - size, _WINDOWS if size == _WINDOW else 1).astype(int)
    found = np.concatenate([_compare(points, triangles[start : start + size]) for start in starts])
    return float(found.mean()) if len(found) >= _FEWEST else None


def _compare(points: Float32, triangles: Int32) -> Float64:
    """The cosine between the normals of each two of these triangles that share an edge."""
    corners = points[triangles].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    keys = edges[:, 0].astype(np.int64) * len(points) + edges[:, 1]
    order = np.argsort(keys)
    shared = np.flatnonzero(np.diff(keys[order]) == 0)
    owners = np.tile(np.arange(len(triangles)), 3)[order]
    both: Float64 = (normals[owners[shared]] * normals[owners[shared + 1]]).sum(axis=1)
    return both[normals[owners[shared]].any(axis=1) & normals[owners[shared + 1]].any(axis=1)]
