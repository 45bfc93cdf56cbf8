"""Computes how a surface bends at its vertices: principal curvatures, from how normals turn along edges.

The curvature tensor of a vertex is the symmetric tensor that best maps its edges to the change of the normal along
them (least squares of Rusinkiewicz 2004, section 3, but over a vertex's edges instead of a triangle's). Points and
normals are first blurred by 2 mm along the surface, because smaller details of a scan are noise. Both are blurred
alike, so their ratio, the curvature, does not depend on how regular the mesh is.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from smile.arrays import Float32, Int32

#: Standard deviation of the blur, in mm.
_BLUR = 2.0
#: The time of the blur grows with the square of blur over edge length, so finer meshes are blurred less.
_MOST_ROUNDS = 60


def find_curvatures(vertices: Float32, triangles: Int32, normals: Float32) -> Float32:
    """Returns principal curvatures [V, 2] in 1/mm, larger first, positive where convex; `normals` are unit, [V, >= 3].

    0 where a vertex has no edges, or edges in one direction only.
    """
    # Points and normals side by side, because both are blurred in the same way.
    both = np.concatenate([vertices, normals[:, :3]], axis=1)
    for _ in range(_count_rounds(vertices, triangles)):
        both = _blur(both, triangles)
    points, smooth = both[:, :3], both[:, 3:]
    length = np.linalg.norm(smooth, axis=1, keepdims=True)
    axis = np.divide(smooth, length, out=np.zeros_like(smooth), where=length > 0)
    return np.asarray(_principal(_sum_equations(points, triangles, smooth, axis)))


def _count_rounds(vertices: Float32, triangles: Int32) -> int:
    """Returns how often to blur: a round spreads a point by about 0.65 edges (6 neighbours of 7, along one axis)."""
    edges = vertices[triangles[:, 0]] - vertices[triangles[:, 1]]
    length = float(np.median(np.linalg.norm(edges, axis=1))) if len(edges) else 0.0
    return min(round((_BLUR / (0.65 * length)) ** 2), _MOST_ROUNDS) if length > 0 else 0


@njit(cache=True, nogil=True, error_model="numpy")
def _blur(values, triangles):  # type: ignore[no-untyped-def]
    """Returns values [V, 6] after one round: each becomes the mean of itself and its neighbours."""
    # A neighbour counts once for each shared triangle, so twice inside the mesh; the vertex itself counts twice too.
    total, weight = 2 * values, np.full(len(values), np.float32(2))
    for t in range(len(triangles)):
        i, j, k = np.uint32(triangles[t, 0]), np.uint32(triangles[t, 1]), np.uint32(triangles[t, 2])
        for column in range(6):
            a, b, c = values[i, column], values[j, column], values[k, column]
            total[i, column] += b + c
            total[j, column] += a + c
            total[k, column] += a + b
        weight[i] += 2
        weight[j] += 2
        weight[k] += 2
    for v in range(len(total)):
        for column in range(6):
            total[v, column] /= weight[v]
    return total


@njit(cache=True, nogil=True)
def _sum_equations(points, triangles, normals, axis):  # type: ignore[no-untyped-def]
    """Returns sums over a vertex's edges [V, 6]: xx, xy, yy, xu, xv + yu, yv of edges (x, y) and their turns (u, v)."""
    sums = np.zeros((len(points), 6), dtype=np.float32)
    for t in range(len(triangles)):
        for corner in range(3):
            i, j = np.uint32(triangles[t, corner]), np.uint32(triangles[t, (corner + 1) % 3])
            _add_edge(sums, points, normals, axis, i, j)
            _add_edge(sums, points, normals, axis, j, i)
    return sums


@njit(cache=True, nogil=True)
def _add_edge(sums, points, normals, axis, i, j):  # type: ignore[no-untyped-def]
    a, b, c = axis[i, 0], axis[i, 1], axis[i, 2]
    # An orthonormal basis of the plane, computed without a branch (Duff et al. 2017).
    sign = np.float32(1) if c >= 0 else np.float32(-1)
    s = np.float32(-1) / (sign + c)
    t = a * b * s
    ex, ey, ez = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1], points[j, 2] - points[i, 2]
    nx, ny, nz = normals[j, 0] - normals[i, 0], normals[j, 1] - normals[i, 1], normals[j, 2] - normals[i, 2]
    one = np.float32(1)
    x, y = (one + sign * a * a * s) * ex + sign * t * ey - sign * a * ez, t * ex + (sign + b * b * s) * ey - b * ez
    u, v = (one + sign * a * a * s) * nx + sign * t * ny - sign * a * nz, t * nx + (sign + b * b * s) * ny - b * nz
    sums[i, 0] += x * x
    sums[i, 1] += x * y
    sums[i, 2] += y * y
    sums[i, 3] += x * u
    sums[i, 4] += x * v + y * u
    sums[i, 5] += y * v


@njit(cache=True, nogil=True, error_model="numpy")
def _principal(sums):  # type: ignore[no-untyped-def]
    """Returns the eigenvalues [V, 2] of the symmetric tensors that solve the sums' equations."""
    found = np.zeros((len(sums), 2), dtype=np.float32)
    for i in range(len(sums)):
        xx, xy, yy = np.float64(sums[i, 0]), np.float64(sums[i, 1]), np.float64(sums[i, 2])
        p, q, r, spread = np.float64(sums[i, 3]), np.float64(sums[i, 4]), np.float64(sums[i, 5]), xx + yy
        # [[xx, xy, 0], [xy, xx + yy, xy], [0, xy, yy]] (e, f, g) = (p, q, r), by Cramer's rule.
        whole = spread * (xx * yy - xy * xy)
        if not whole > 1e-6 * spread**3:
            continue
        e = (p * (spread * yy - xy * xy) - xy * (q * yy - xy * r)) / whole
        f = (xx * (q * yy - xy * r) - xy * p * yy) / whole
        g = (xx * (spread * r - xy * q) - xy * xy * (r - p)) / whole
        mean, half = (e + g) / 2, np.sqrt((e - g) ** 2 / 4 + f * f)
        found[i, 0], found[i, 1] = mean + half, mean - half
    return found
