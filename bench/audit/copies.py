"""Finds scans of one surface among the scans of different people: copies, mirrored ones, and neighbouring frames.

All pairs are compared by two matrix products. The few pairs that are near are then laid onto each other, and what is
left between the two surfaces is measured in millimetres.
Letters in shapes: N scans, R reliefs of all scans, P pixels of the inner face, S pixels in width and height.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from bench.audit.fingerprint import FacePrint, inner_face, relief_places, shrink
from smile.arrays import Bool, Float32, Float64, Int64
from smile.rendering.pose.generic_face import height
from smile.rendering.pose.height_maps import places
from smile.rendering.pose.registration import HeightMap, height_map, lay, transform
from smile.rendering.raster.cameras import HALF_EXTENT

#: mm between two scans, root mean square over nine tenths of the face, below which they show one surface. Chosen on
#: people whom no test sees: docs/log.md.
SAME = 0.25
_KEPT = 0.9  # of the face; a mouth that moves between two frames is left out
_NEAR, _NEAREST = 3.0, 4  # mm between reliefs before they are laid onto each other; scans of others that are tried
_SCANS = 128  # that are compared with all others at a time, so that memory does not grow with the square
_GATES = (12.0, 8.0, 6.0, 4.0, 3.0, 3.0, 2.0, 2.0, 2.0, 2.0)  # mm, one for each step of laying one onto another
_FAR, _LARGEST = 99.0, 12.0  # mm of what cannot be compared; and of a pixel, where a hand or hair is in the way


@dataclass(frozen=True)
class Copy:
    """Names two scans of one surface by their numbers."""

    first: int
    second: int
    gap: float  # mm between their surfaces
    mirrored: bool


@dataclass(frozen=True)
class _Reliefs:
    """Holds every relief of all scans, cleaned of what a small error of the pose does to it."""

    values: Float32  # [R, P] mm over the generic face; 0 where nothing was scanned
    there: Float32  # [R, P] 1 where something was scanned
    flipped: Int64  # [P] number of the pixel that a mirror puts there
    owner: Int64  # [R] number of the scan
    number: Int64  # [R] which of its reliefs


def find_copies(prints: Sequence[FacePrint], people: Sequence[str], same: float = SAME) -> list[Copy]:
    """Returns the pairs of scans of one surface whose people differ, the closest first.

    `people` [N] names whom each scan shows; scans of one person are not compared.
    """
    from threadpoolctl import threadpool_limits

    found = []
    # One thread gives the same bytes on any number of cores, and small products no faster on several.
    with threadpool_limits(1, "blas"):
        for first, second, (one, other, mirrored) in _list_near(prints, people):
            gap = measure_gap(prints[first].reliefs[one], _turn(prints[second].reliefs[other], mirrored))
            if gap < same:
                found.append(Copy(first, second, round(gap, 3), mirrored))
    return sorted(found, key=lambda copy: (copy.gap, copy.first, copy.second))


def measure_gap(one: Float32, other: Float32) -> float:
    """Returns the distance in mm between two reliefs [S, S], each laid onto the other; a large one where they differ.

    It is the root mean square over the nearest nine tenths of the inner face.
    """
    return min(_measure_onto(one, other), _measure_onto(other, one))


def _list_near(prints: Sequence[FacePrint], people: Sequence[str]) -> Iterator[tuple[int, int, tuple[int, int, bool]]]:
    """Yields each pair of scans that may be copies, the smaller number first, and which of their reliefs are nearest.

    Example: (3, 8, (0, 2, True)) compares relief 0 of scan 3 with the mirrored relief 2 of scan 8.
    """
    if len(set(people)) < 2:
        return
    reliefs = _gather(prints)
    groups = np.unique(np.asarray(people), return_inverse=True)[1].ravel()[reliefs.owner]
    pairs: dict[tuple[int, int], tuple[int, int, bool]] = {}
    for start in range(0, len(prints), _SCANS):
        rows = np.flatnonzero((reliefs.owner >= start) & (reliefs.owner < start + _SCANS))
        near = np.stack([_compare(reliefs, rows, mirrored=False), _compare(reliefs, rows, mirrored=True)])
        near[:, groups[rows, None] == groups] = np.inf
        for scan in range(start, min(start + _SCANS, len(prints))):
            pairs |= _pick(near[:, reliefs.owner[rows] == scan], scan, reliefs)
    for (first, second), which in sorted(pairs.items()):
        yield first, second, which


def _pick(near: Float32, scan: int, reliefs: _Reliefs) -> dict[tuple[int, int], tuple[int, int, bool]]:
    """Returns the nearest scans of others, by the pair of numbers; `near` is [2, reliefs of the scan, R]."""
    best = near.min(axis=(0, 1))
    found: dict[tuple[int, int], tuple[int, int, bool]] = {}
    for column in np.argsort(best, kind="stable"):
        other = int(reliefs.owner[column])
        if best[column] >= _NEAR or len(found) == _NEAREST:
            break
        mirrored, row = np.unravel_index(int(near[:, :, column].argmin()), near.shape[:2])
        which = (int(row), int(reliefs.number[column]))
        pair = (scan, other) if scan < other else (other, scan)
        found.setdefault(pair, (*(which if scan < other else which[::-1]), bool(mirrored)))
    return found


def _gather(prints: Sequence[FacePrint]) -> _Reliefs:
    inside, drift = inner_face(), _list_drifts()
    usual = shrink(height(*places()))[inside]
    values = [_settle(relief[inside] - usual, drift) for one in prints for relief in one.reliefs]
    whole = np.stack(values).astype(np.float32)
    numbers = np.full(inside.shape, -1)
    numbers[inside] = np.arange(inside.sum())
    counts = [len(one.reliefs) for one in prints]
    return _Reliefs(
        values=np.nan_to_num(whole),
        there=np.isfinite(whole).astype(np.float32),
        flipped=numbers[:, ::-1][inside],
        owner=np.repeat(np.arange(len(prints)), counts),
        number=np.concatenate([np.arange(count) for count in counts]),
    )


def _compare(reliefs: _Reliefs, rows: Int64, mirrored: bool) -> Float32:
    """Returns the root mean square distance [rows, R] over the pixels that both have; infinite where these are few."""
    a, there_a = reliefs.values[rows], reliefs.there[rows]
    b, there_b = reliefs.values, reliefs.there
    if mirrored:
        a, there_a = a[:, reliefs.flipped], there_a[:, reliefs.flipped]
    both = there_a @ there_b.T
    square = (a * a) @ there_b.T + there_a @ (b * b).T - 2 * (a @ b.T)
    far = both < _KEPT / 2 * a.shape[1]
    return np.asarray(np.where(far, np.float32(np.inf), np.sqrt(np.maximum(square, 0) / np.maximum(both, 1))))


@cache
def _list_drifts() -> Float64:
    """Returns what small motions of the generic face do to its heights: three shifts and three turns, [P, 6]."""
    x, y = relief_places()
    z = shrink(height(*places()))
    down, right = np.gradient(z, x[0, 1] - x[0, 0])
    up = -down
    motions = (np.ones_like(z), right, up, y + z * up, x + z * right, x * up - y * right)
    return np.asarray(np.nan_to_num(np.stack(motions, axis=-1)[inner_face()]))


def _settle(values: Float64, drifts: Float64) -> Float64:
    """Returns heights [P] without what a small error of the pose explains; robust, as a mouth or a hole is no error."""
    there = np.isfinite(values)
    known, left = np.where(there, values, 0.0), values
    weight = there.astype(np.float64)
    for _ in range(4):
        weighed = drifts * weight[:, None]
        left = known - drifts @ np.linalg.solve(weighed.T @ drifts + 1e-6 * np.eye(drifts.shape[1]), weighed.T @ known)
        width = max(3 * 1.4826 * float(np.median(np.abs(left[there]))), 2.0)
        weight = there * np.clip(1 - (left / width) ** 2, 0, None) ** 2
    return np.asarray(np.where(there, np.clip(left, -_LARGEST, _LARGEST), np.nan))


def _measure_onto(surface: Float32, laid: Float32) -> float:
    x, y = relief_places()
    use: Bool = inner_face() & np.isfinite(laid)
    points = np.stack([x, y, laid], axis=-1)[use].astype(np.float64)
    ground = height_map(surface.astype(np.float64), HALF_EXTENT)
    pose, _ = lay(points, ground, np.eye(3, 4), _GATES)
    gaps = np.sort(_measure_heights(transform(pose, points), ground))
    if len(gaps) < _KEPT / 2 * inner_face().sum():
        return _FAR
    kept = np.minimum(gaps[: int(_KEPT * len(gaps))], _LARGEST)
    return float(np.sqrt((kept**2).mean()))


def _measure_heights(points: Float64, ground: HeightMap) -> Float64:
    """Returns distances of points [P, 3] to the tangent plane below them, without points above nothing."""
    cell = ground.locate(points)
    points, cell = points[cell >= 0], cell[cell >= 0]
    x, y = (place.ravel()[cell] for place in relief_places())
    right, up = (slope.ravel()[cell] for slope in ground.slope)
    below = ground.height.ravel()[cell] + right * (points[:, 0] - x) + up * (points[:, 1] - y)
    gaps = np.abs(points[:, 2] - below) / np.sqrt(1 + right**2 + up**2)
    return np.asarray(gaps[np.isfinite(gaps)])


def _turn(relief: Float32, mirrored: bool) -> Float32:
    return np.ascontiguousarray(relief[:, ::-1]) if mirrored else relief
