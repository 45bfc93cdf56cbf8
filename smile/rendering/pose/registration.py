"""Lays points onto a height map: robust point-to-plane ICP with projective association (Blais & Levine 1995).

The height map shows a face from the front, so the closest point is read from it and not searched for.
Poses are similarity transforms as [3, 4] matrices. Lengths are mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from smile.arrays import Bool, Float64, Int64

#: Smallest number of points for a step.
_FEWEST = 50


@dataclass(frozen=True)
class HeightMap:
    """Holds z over a square of +-`half_extent` mm around the origin; row 0 is the top."""

    height: Float64  # [S, S] mm; NaN where no point may be laid
    slope: Float64  # [2, S, S] dz/dx and dz/dy
    half_extent: float

    def locate(self, points: Float64) -> Int64:
        """Returns the flat pixel number of each point [P] of points [P, 3]; -1 outside of the map."""
        size = len(self.height)
        # Column by column, because numpy is slow over an axis of two.
        column, row = (
            np.floor((place + self.half_extent) * (size / (2 * self.half_extent))).astype(np.int64)
            for place in (points[:, 0], -points[:, 1])
        )
        inside = (column >= 0) & (column < size) & (row >= 0) & (row < size)
        return np.where(inside, row * size + column, -1)


def height_map(height: Float64, half_extent: float) -> HeightMap:
    """Returns the map of heights [S, S] (NaN: none) with slopes; pixels beside a NaN become NaN."""
    step = 2 * half_extent / len(height)
    down, right = np.gradient(height, step)
    slope = np.stack([right, -down])
    return HeightMap(np.where(np.isfinite(slope).all(axis=0), height, np.nan), slope, half_extent)


def grid(size: int, half_extent: float) -> tuple[Float64, Float64]:
    """Returns coordinates x and y [S, S] of the pixel centres of a height map."""
    centres = (np.arange(size) + 0.5) * (2 * half_extent / size) - half_extent
    x, y = np.meshgrid(centres, -centres)
    return x, y


def transform(pose: Float64, points: NDArray[np.floating]) -> Float64:
    """Returns points [..., 3] moved by a pose [3, 4]."""
    return np.asarray(points @ pose[:, :3].T + pose[:, 3])


def compose(second: Float64, first: Float64) -> Float64:
    """Returns the pose that applies `first`, then `second`."""
    return np.hstack([second[:, :3] @ first[:, :3], transform(second, first[:, 3])[:, None]])


def invert(pose: Float64) -> Float64:
    """Returns the pose that undoes `pose`."""
    back = np.linalg.inv(pose[:, :3])
    return np.hstack([back, -back @ pose[:, 3:]])


def fit_points(source: Float64, target: Float64, scaled: bool) -> Float64:
    """Returns the least-squares pose from points [P, 3] to their partners (Umeyama 1991); scale 1 unless `scaled`."""
    middle_source, middle_target = source.mean(axis=0), target.mean(axis=0)
    centred, wanted = source - middle_source, target - middle_target
    left, singular, right = np.linalg.svd(wanted.T @ centred)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left * signs) @ right
    scale = (singular * signs).sum() / (centred**2).sum() if scaled else 1.0
    return np.hstack([scale * rotation, (middle_target - scale * rotation @ middle_source)[:, None]])


def lay(
    points: Float64, surface: HeightMap, pose: Float64, gates: tuple[float, ...], scaled: bool = False
) -> tuple[Float64, float]:
    """Refines `pose` so that points [P, 3] lie on the surface: one step per gate; also refines the scale if `scaled`.

    Points farther away than the gate (mm) are ignored in a step. For closer points, Tukey's weights reduce the
    influence of parts that moved; their width follows the median distance. Returns the pose, and the fraction of points
    that counted in the last step. With fewer than 50 such points, returns the given pose and 0. Releases the GIL.
    """
    start, steps = np.ascontiguousarray(pose), np.array(gates, dtype=np.float64)
    refined, share = _lay(_plain(points), surface.height, surface.slope, surface.half_extent, start, steps, scaled)
    return refined, float(share)


def measure_agreement(points: Float64, surface: HeightMap, pose: Float64, gate: float) -> float:
    """Returns how well points [P, 3] lie on the surface, 0 to 1: the mean of Tukey's weights with width `gate` mm."""
    moved = np.ascontiguousarray(transform(pose, points), dtype=np.float64)
    distance, _ = _measure(moved, surface.height, surface.slope, surface.half_extent)
    weight = (1 - (distance / gate) ** 2) ** 2
    return float(np.where(np.abs(distance) < gate, weight, 0.0).sum() / max(len(points), 1))


def cover(points: Float64, surface: HeightMap, pose: Float64, gate: float) -> float:
    """Returns the fraction of the surface, in blocks of 6 x 6 pixels, with a point of [P, 3] within `gate` mm."""
    moved = np.ascontiguousarray(transform(pose, points), dtype=np.float64)
    distance, _ = _measure(moved, surface.height, surface.slope, surface.half_extent)
    touched = np.zeros(surface.height.shape, np.bool_)
    touched.ravel()[surface.locate(moved)[np.abs(distance) < gate]] = True
    there, met = (_blocks(map_) for map_ in (np.isfinite(surface.height), touched))
    return float((met & there).sum() / max(there.sum(), 1))


def _blocks(map_: Bool) -> Bool:
    """Returns which blocks of 6 x 6 pixels of a map [S, S] hold a True; drops pixels after the last whole block."""
    count = len(map_) // 6
    return np.asarray(map_[: count * 6, : count * 6].reshape(count, 6, count, 6).any(axis=(1, 3)))


def _plain(points: Float64) -> Float64:
    return np.ascontiguousarray(points, dtype=np.float64)


@njit(cache=True, nogil=True)
def _lay(points, height, slope, half_extent, pose, gates, scaled):  # type: ignore[no-untyped-def]
    refined, share = pose.copy(), 0.0
    for gate in gates:
        moved = points @ np.ascontiguousarray(refined[:, :3].T) + refined[:, 3]
        distance, normal = _measure(moved, height, slope, half_extent)
        width = _width(distance, gate)
        count = (np.abs(distance) < width).sum()
        if count < _FEWEST:
            return pose, 0.0
        share = count / len(points)
        step = _step(moved, normal, distance, width, scaled)
        turned = np.ascontiguousarray(step[:, :3]) @ refined
        turned[:, 3] += step[:, 3]
        refined = turned
    return refined, share


@njit(cache=True, nogil=True)
def _measure(points, height, slope, half_extent):  # type: ignore[no-untyped-def]
    """Returns signed distances [P] of points to the tangent plane below them (NaN: none), and normals [P, 3]."""
    size = len(height)
    pixel = 2 * half_extent / size
    distance, normal = np.full(len(points), np.nan), np.zeros((len(points), 3))
    for i in range(len(points)):
        x, y = points[i, 0], points[i, 1]
        if not (abs(x) < half_extent and abs(y) < half_extent):
            continue
        column, row = int((x + half_extent) / pixel), int((half_extent - y) / pixel)
        column, row = min(column, size - 1), min(row, size - 1)
        right, up = slope[0, row, column], slope[1, row, column]
        z = height[row, column]
        z += right * (x - (column + 0.5) * pixel + half_extent) + up * (y + (row + 0.5) * pixel - half_extent)
        length = np.sqrt(1 + right * right + up * up)
        distance[i] = (points[i, 2] - z) / length
        normal[i, 0], normal[i, 1], normal[i, 2] = -right / length, -up / length, 1 / length
    return distance, normal


@njit(cache=True, nogil=True)
def _width(distance, gate):  # type: ignore[no-untyped-def]
    """Returns the distance at which Tukey's weight becomes zero."""
    size = np.abs(distance)
    close = size[size < gate]
    # 1.4826 times the median is the standard deviation of normal noise; Tukey's 4.685 keeps 95 % efficiency.
    return min(4.685 * max(1.4826 * np.median(close), 0.05), gate) if len(close) else 0.0


@njit(cache=True, nogil=True)
def _step(points, normal, distance, width, scaled):  # type: ignore[no-untyped-def]
    """Returns the small motion [3, 4] of points [P, 3] that removes most of their distances [P]."""
    middle, count = np.zeros(3), 0
    for i in range(len(points)):
        if abs(distance[i]) < width:
            middle += points[i]
            count += 1
    middle /= count
    # Units of rad, mm and scale with a similar effect on a face; a unit of 0 keeps the scale.
    unit = np.array([0.01, 0.01, 0.01, 1.0, 1.0, 1.0, 0.01 if scaled else 0.0])
    square, side = _sum_equations(points, normal, distance, width, middle, unit)
    # A little damping, relative to the trace, keeps the step finite where the surface does not fix a direction.
    square += 1e-6 * np.trace(square) * np.eye(7)
    motion = -unit * np.linalg.solve(square, side)
    step = np.empty((3, 4))
    step[:, :3] = (1 + motion[6]) * _turn(motion[:3])
    step[:, 3] = middle + motion[3:6] - np.ascontiguousarray(step[:, :3]) @ middle
    return step


@njit(cache=True, nogil=True)
def _turn(vector):  # type: ignore[no-untyped-def]
    """Returns the rotation [3, 3] about a vector by its length in radians (Rodrigues)."""
    angle = np.sqrt((vector**2).sum())
    x, y, z = vector / max(angle, 1e-12)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)


@njit(cache=True, nogil=True)
def _sum_equations(points, normal, distance, width, middle, unit):  # type: ignore[no-untyped-def]
    """Returns the weighted normal equations [7, 7], [7] of turn around the middle, shift and growth."""
    square, side, row = np.zeros((7, 7)), np.zeros(7), np.zeros(7)
    for i in range(len(points)):
        if not abs(distance[i]) < width:
            continue
        weight = (1 - (distance[i] / width) ** 2) ** 2
        x, y, z = points[i, 0] - middle[0], points[i, 1] - middle[1], points[i, 2] - middle[2]
        a, b, c = normal[i, 0], normal[i, 1], normal[i, 2]
        row[0], row[1], row[2] = y * c - z * b, z * a - x * c, x * b - y * a
        row[3], row[4], row[5], row[6] = a, b, c, x * a + y * b + z * c
        for j in range(7):
            scaled = weight * unit[j] * row[j]
            side[j] += scaled * distance[i]
            for k in range(j + 1):
                square[j, k] += scaled * unit[k] * row[k]
    for j in range(7):
        for k in range(j):
            square[k, j] = square[j, k]
    return square, side
