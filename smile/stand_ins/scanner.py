"""Makes a clean mesh look scanned: noise, holes, a ragged border, and other vertices in every frame.

Every frame is sampled anew: vertices slide over the surface, edges flip, parts are cropped or missed, and the rest is
renumbered. So nothing can be learnt from the number or the place of a vertex.
Letters in shapes: V vertices, T triangles, E edges, F frames, L landmarks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from smile.arrays import Bool, Float32, Float64, Int32
from smile.stand_ins.performance import Span, wander

#: Distance at which the correlation of the noise is 1/e, in lattice steps of `_lattice_noise` (measured).
_CORRELATION_STEPS = 0.91

#: Root mean square of the length of a vector of three `wander` curves: sqrt(26/35), from their variance.
_WANDER_RMS = (26 / 35) ** 0.5

#: [3, 2] unit vectors to the two stereo heads, 45 degrees left and right of the face, as in BU-4DFE's system.
HEADS = np.array([[1, -1], [0, 0], [1, 1]], dtype=np.float32) / np.float32(2**0.5)


@dataclass(frozen=True)
class Scanner:
    """Says what the scanner does to a face; a pair is the range of a uniform draw for every frame."""

    noise: Span = (0.1, 0.3)  # mm along the normal, standard deviation
    correlation: Span = (2.0, 4.0)  # mm at which the noise of two points has the correlation 1/e
    slide: float = 0.4  # largest slide of a vertex, as a fraction of one of its triangles
    flips: float = 0.3  # fraction of the inner edges that are tried for a flip
    crop: Span = (0.0, 10.0)  # mm cut off behind the ears
    grazing: Span = (0.05, 0.15)  # smallest cosine between normal and line of sight that is still measured
    hair_holes: float = 0.5  # probability that a brow has a hole
    hair_hole: Span = (0.8, 2.0)  # radius of such a hole, mm
    landmark_drift: float = 1.0  # slow error of a tracked landmark, mm RMS of its length
    landmark_noise: float = 0.3  # error that changes with every frame, mm RMS of its length


@dataclass(frozen=True)
class MeshConnectivity:
    """Holds the connectivity of a mesh, prepared for resampling."""

    triangles: Int32  # [T, 3]
    first: Int32  # [V + 1] where a vertex's triangles begin in `around`
    around: Int32  # [3 T] triangle numbers, vertex after vertex
    rim: Bool  # [V] vertices on a border; they do not slide
    edges: Int32  # [E, 6] inner edges: a, b; corners c, d opposite to the edge; triangles abc and bad

    @classmethod
    def of(cls, triangles: Int32, vertex_count: int) -> MeshConnectivity:
        """Prepares the surface of `triangles` [T, 3] with `vertex_count` vertices."""
        corners = triangles.ravel()
        first = np.zeros(vertex_count + 1, np.int32)
        np.cumsum(np.bincount(corners, minlength=vertex_count), out=first[1:])
        around = (np.argsort(corners, kind="stable") // 3).astype(np.int32)
        start, end, opposite = (np.roll(triangles, -k, axis=1).ravel() for k in range(3))
        owner = np.repeat(np.arange(len(triangles)), 3)
        key = np.minimum(start, end).astype(np.int64) * vertex_count + np.maximum(start, end)
        order = np.argsort(key, kind="stable")
        _, begin, count = np.unique(key[order], return_index=True, return_counts=True)
        one, two = order[begin[count == 2]], order[begin[count == 2] + 1]
        consistent = start[one] == end[two]
        one, two = one[consistent], two[consistent]
        rim = np.zeros(vertex_count, np.bool_)
        lonely = order[np.repeat(count != 2, count)]
        rim[start[lonely]] = rim[end[lonely]] = True
        edges = np.stack([start[one], end[one], opposite[one], opposite[two], owner[one], owner[two]], axis=1)
        return cls(triangles, first, around, rim, edges.astype(np.int32))


def scan(
    scanner: Scanner,
    surface: MeshConnectivity,
    vertices: Float32,
    brows: tuple[Float32, Float32],
    rotation: Float32,
    rng: np.random.Generator,
) -> tuple[Float32, Int32]:
    """Makes one scan of `vertices` [V, 3] (mm, face frame): new vertices in the face frame, and triangles.

    `brows` are the points [n, 3] of each brow, where hair makes holes. `rotation` [3, 3] turns the face in front of the
    scanner, and decides which parts the scanner cannot see.
    """
    points, triangles = _resample(scanner, surface, vertices, rng)
    normals = measure_normals(points, triangles)
    salt = rng.integers(2**31, size=2)
    seen = (normals @ (rotation.T @ HEADS)).max(axis=1) > rng.uniform(*scanner.grazing)
    ragged = 1.5 * _lattice_noise(points, np.float32(1 / 12), salt[0])
    seen &= points[:, 2] > points[:, 2].min() + rng.uniform(*scanner.crop) + ragged
    for brow in brows:
        if rng.random() < scanner.hair_holes:
            centre, radius = brow[rng.integers(len(brow))], rng.uniform(*scanner.hair_hole)
            seen &= ((points - centre) ** 2).sum(axis=1) > radius**2
    correlation, deviation = rng.uniform(*scanner.correlation), rng.uniform(*scanner.noise)
    return _keep(roughen(points, normals, deviation, correlation, salt[1]), triangles, seen, rng)


def roughen(points: Float32, normals: Float32, deviation: float, correlation: float, salt: int) -> Float32:
    """Returns points [V, 3] moved along their unit normals [V, 3] by smooth noise of a standard `deviation`, mm.

    The noise of two points `correlation` mm apart has the correlation 1/e. `salt` decides the noise.
    """
    step = correlation / _CORRELATION_STEPS
    noise = _lattice_noise(points, np.float32(1 / step), salt) * np.float32(deviation)
    return np.asarray(points + normals * noise[:, None])


def jitter_landmarks(
    scanner: Scanner, frames: int, landmarks: int, seconds: float, rng: np.random.Generator
) -> Float64:
    """Returns the error of a landmark tracker, [F, L, 3] mm: a slow drift plus white noise."""
    times = np.arange(frames, dtype=np.float64) * seconds / frames
    slow = wander(rng, times, seconds, landmarks * 3).reshape(frames, landmarks, 3) / _WANDER_RMS
    white = rng.standard_normal((frames, landmarks, 3)) / 3**0.5
    return np.asarray(scanner.landmark_drift * slow + scanner.landmark_noise * white)


def _resample(
    scanner: Scanner, surface: MeshConnectivity, vertices: Float32, rng: np.random.Generator
) -> tuple[Float32, Int32]:
    """Returns vertices that slid within their triangles, and triangles with some flipped edges."""
    luck = rng.random((len(vertices), 4), dtype=np.float32)
    points = _slide(vertices, surface.triangles, surface.first, surface.around, surface.rim, luck, scanner.slide)
    tried = rng.permutation(len(surface.edges))[: round(scanner.flips * len(surface.edges))]
    return points, _flip(points, surface.triangles, surface.edges[tried], np.diff(surface.first))


def _keep(points: Float32, triangles: Int32, seen: Bool, rng: np.random.Generator) -> tuple[Float32, Int32]:
    """Returns the visible part, with its vertices and triangles in random order."""
    triangles = triangles[seen[triangles].all(axis=1)]
    used = np.zeros(len(points), np.bool_)
    used[triangles] = True
    kept = rng.permutation(np.flatnonzero(used))
    number = np.full(len(points), -1, np.int32)
    number[kept] = np.arange(len(kept), dtype=np.int32)
    return points[kept], number[triangles[rng.permutation(len(triangles))]]


@numba.njit(cache=True)
def _slide(vertices, triangles, first, around, rim, luck, slide):  # type: ignore[no-untyped-def]
    points = vertices.copy()
    for v in range(len(vertices)):
        count = first[v + 1] - first[v]
        if rim[v] or count == 0:
            continue
        triangle = triangles[around[first[v] + min(int(luck[v, 0] * count), count - 1)]]
        share, along = slide * luck[v, 1], luck[v, 2]
        for axis in range(3):
            target = 0.0
            for corner in triangle:
                if corner != v:
                    target += vertices[corner, axis] * along
                    along = 1 - along
            points[v, axis] += share * (target - vertices[v, axis])
    return points


@numba.njit(cache=True)
def _flip(points, triangles, edges, valence):  # type: ignore[no-untyped-def]
    flipped, valence = triangles.copy(), valence.copy()
    touched = np.zeros(len(triangles), np.bool_)
    for e in range(len(edges)):
        a, b, c, d, one, two = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3], edges[e, 4], edges[e, 5]
        # A vertex with only three triangles would fold flat; with four, the surface stays a surface.
        if touched[one] or touched[two] or valence[a] < 5 or valence[b] < 5:
            continue
        if not _convex(points, a, b, c, d):
            continue
        flipped[one, 0], flipped[one, 1], flipped[one, 2] = a, d, c
        flipped[two, 0], flipped[two, 1], flipped[two, 2] = d, b, c
        touched[one] = touched[two] = True
        valence[a] -= 1
        valence[b] -= 1
        valence[c] += 1
        valence[d] += 1
    return flipped


@numba.njit(cache=True)
def _convex(points, a, b, c, d):  # type: ignore[no-untyped-def]
    """Returns whether triangles adc and dbc face the same way as abc and bad, and neither is very thin."""
    x1, y1, z1 = _cross(points, a, b, c)
    x2, y2, z2 = _cross(points, b, a, d)
    x, y, z = x1 + x2, y1 + y2, z1 + z2
    least = 0.1 * (x * x + y * y + z * z)
    x1, y1, z1 = _cross(points, a, d, c)
    x2, y2, z2 = _cross(points, d, b, c)
    return x1 * x + y1 * y + z1 * z > least and x2 * x + y2 * y + z2 * z > least


@numba.njit(cache=True)
def _cross(points, a, b, c):  # type: ignore[no-untyped-def]
    """Returns the normal of triangle abc, with twice its area as length."""
    ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
    vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
    return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def measure_normals(points: Float32, triangles: Int32) -> Float32:
    """Returns unit normals [V, 3], with triangles weighted by area; zero where a vertex has no triangle."""
    normals = np.zeros_like(points)
    for t in range(len(triangles)):
        x, y, z = _cross(points, triangles[t, 0], triangles[t, 1], triangles[t, 2])
        for corner in range(3):
            v = triangles[t, corner]
            normals[v, 0] += x
            normals[v, 1] += y
            normals[v, 2] += z
    for v in range(len(normals)):
        length = np.sqrt(normals[v, 0] ** 2 + normals[v, 1] ** 2 + normals[v, 2] ** 2)
        for axis in range(3):
            normals[v, axis] /= max(length, np.float32(1e-20))
    return normals


@numba.njit(cache=True)
def _lattice_noise(points, frequency, salt):  # type: ignore[no-untyped-def]
    """Returns value noise [V] of unit variance: random numbers on a cubic lattice, interpolated linearly.

    The interpolation is divided by the root of its summed squared weights, so that the variance is one everywhere.
    """
    noise = np.empty(len(points), np.float32)
    for v in range(len(points)):
        total = squares = 0.0
        for corner in range(8):
            weight, state = 1.0, np.uint64(salt)
            for axis in range(3):
                place = points[v, axis] * frequency
                cell = np.floor(place)
                bit = (corner >> axis) & 1
                weight *= place - cell if bit else 1 - (place - cell)
                state = _mix(state ^ np.uint64(np.int64(cell) + bit))
            total += weight * (np.float64(state >> np.uint64(11)) / 9007199254740992.0 - 0.5)
            squares += weight * weight
        noise[v] = total * np.sqrt(12.0 / squares)
    return noise


@numba.njit(cache=True)
def _mix(state):  # type: ignore[no-untyped-def]
    """Mixes bits with SplitMix64's finaliser (Steele et al. 2014): neighbouring numbers become unrelated ones."""
    state += np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
