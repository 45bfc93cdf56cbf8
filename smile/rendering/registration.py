"""Lays points onto a height map: point-to-plane ICP with projective association (Blais & Levine 1995), robust.

The height map is the picture of a face from the front, so that the closest point is read from it instead of
searched for. Poses are similarity transforms as [3, 4] matrices. Lengths are mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Float = NDArray[np.float64]

#: Points that a step needs at least.
_FEWEST = 50


@dataclass(frozen=True)
class HeightMap:
    """z over a square of +-`half_extent` mm around the origin; row 0 is the top."""

    height: Float  # [S, S] mm; NaN where nothing may be laid on
    slope: Float  # [2, S, S] dz/dx and dz/dy
    half_extent: float

    def locate(self, points: Float) -> NDArray[np.int64]:
        """[P] flat number of the pixel that each of the points [P, 3] falls on; -1 outside of the map."""
        size = len(self.height)
        cell = np.floor((points[:, :2] * (1, -1) + self.half_extent) * (size / (2 * self.half_extent))).astype(np.int64)
        inside = ((cell >= 0) & (cell < size)).all(axis=1)
        return np.where(inside, cell[:, 1] * size + cell[:, 0], -1)


def height_map(height: Float, half_extent: float) -> HeightMap:
    """The map of heights [S, S] (NaN: none) with its slopes; pixels beside a NaN are given up."""
    step = 2 * half_extent / len(height)
    down, right = np.gradient(height, step)
    slope = np.stack([right, -down])
    return HeightMap(np.where(np.isfinite(slope).all(axis=0), height, np.nan), slope, half_extent)


def grid(size: int, half_extent: float) -> tuple[Float, Float]:
    """Coordinates x and y [S, S] of the pixel centres of a height map."""
    centres = (np.arange(size) + 0.5) * (2 * half_extent / size) - half_extent
    x, y = np.meshgrid(centres, -centres)
    return x, y


def transform(pose: Float, points: NDArray[np.floating]) -> Float:
    """Points [..., 3] moved by a pose [3, 4]."""
    return np.asarray(points @ pose[:, :3].T + pose[:, 3])


def compose(second: Float, first: Float) -> Float:
    """The pose that applies `first`, then `second`."""
    return np.hstack([second[:, :3] @ first[:, :3], transform(second, first[:, 3])[:, None]])


def invert(pose: Float) -> Float:
    """The pose that undoes `pose`."""
    back = np.linalg.inv(pose[:, :3])
    return np.hstack([back, -back @ pose[:, 3:]])


def fit_points(source: Float, target: Float, scaled: bool) -> Float:
    """The pose that lays points [P, 3] onto their partners in least squares (Umeyama 1991), with scale 1 or free."""
    middle_source, middle_target = source.mean(axis=0), target.mean(axis=0)
    centred, wanted = source - middle_source, target - middle_target
    left, singular, right = np.linalg.svd(wanted.T @ centred)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left * signs) @ right
    scale = (singular * signs).sum() / (centred**2).sum() if scaled else 1.0
    return np.hstack([scale * rotation, (middle_target - scale * rotation @ middle_source)[:, None]])


def lay(
    points: Float, surface: HeightMap, pose: Float, gates: tuple[float, ...], scaled: bool = False
) -> tuple[Float, float]:
    """Refines `pose` so that points [P, 3] lie on the surface: one step for each gate; the scale too if `scaled`.

    A gate is the distance (mm) beyond which a point has no say. Within it Tukey's weights, whose width follows
    the median distance, let what moved stay away. Returns the pose and the share of points that had a say at last;
    with fewer than 50 of them the pose is given back as it was.
    """
    share, refined = 0.0, pose
    for gate in gates:
        moved = transform(refined, points)
        distance, normal = _distances(moved, surface)
        weight = _weights(distance, gate)
        use = weight > 0
        if use.sum() < _FEWEST:
            return pose, 0.0
        share = float(use.mean())
        refined = compose(_step(moved[use], normal[use], distance[use], weight[use], scaled), refined)
    return refined, share


def _distances(points: Float, surface: HeightMap) -> tuple[Float, Float]:
    """Signed distance [P] of points to the tangent plane under them (NaN: none) and the plane's normal [P, 3]."""
    size = len(surface.height)
    cell = surface.locate(points)
    x = (cell % size + 0.5) * (2 * surface.half_extent / size) - surface.half_extent
    y = surface.half_extent - (cell // size + 0.5) * (2 * surface.half_extent / size)
    right, up = surface.slope.reshape(2, -1)[:, cell]
    height = surface.height.ravel()[cell] + right * (points[:, 0] - x) + up * (points[:, 1] - y)
    height[cell < 0] = np.nan
    length = np.sqrt(1 + right**2 + up**2)
    normal = np.stack([-right, -up, np.ones_like(up)], axis=1) / length[:, None]
    return (points[:, 2] - height) / length, normal


def _weights(distance: Float, gate: float) -> Float:
    size = np.abs(distance)
    close = size < gate
    if not close.any():
        return np.zeros_like(size)
    # 1.4826 times the median is the standard deviation of a normal spread; Tukey's 4.685 keeps 95 % efficiency.
    width = min(4.685 * max(1.4826 * float(np.median(size[close])), 0.05), gate)
    return np.where(size < width, (1 - (size / width) ** 2) ** 2, 0.0)


def _step(points: Float, normal: Float, distance: Float, weight: Float, scaled: bool) -> Float:
    """The small motion of points [P, 3] that takes out most of their distances [P]."""
    middle = points.mean(axis=0)
    arms = points - middle
    rows = np.hstack([np.cross(arms, normal), normal, (arms * normal).sum(axis=1, keepdims=True)])
    # Radians, mm and a share of the size that have a like effect on a face; size is held where it is not wanted.
    unit = np.array([0.01, 0.01, 0.01, 1.0, 1.0, 1.0, 0.01 if scaled else 0.0])
    rows = rows * unit
    square = (rows.T * weight) @ rows
    # A trace of damping keeps the step finite where the surface does not hold a direction.
    square += 1e-6 * np.trace(square) * np.eye(7)
    motion = -unit * np.linalg.solve(square, (rows.T * weight) @ distance)
    turn = (1 + motion[6]) * Rotation.from_rotvec(motion[:3]).as_matrix()
    return np.hstack([turn, (middle + motion[3:6] - turn @ middle)[:, None]])
