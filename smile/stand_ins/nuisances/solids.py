"""Builds the solids that occluders consist of: tubes with an oval cross-section, and shallow domes.

Letters in shapes: P points of a path, V vertices, T triangles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smile.arrays import Float64, Int32


@dataclass(frozen=True)
class Solid:
    """Holds a closed or open triangle mesh, counter-clockwise seen from outside."""

    vertices: Float64  # [V, 3] mm
    triangles: Int32  # [T, 3]


def tube(path: Float64, wide: Float64 | float, thick: Float64 | float, out: Sequence[float], sides: int = 10) -> Solid:
    """Returns a tube around a path [P, 3], closed at both ends.

    `thick` and `wide` [P] are the half axes of its cross-section, mm: along `out`, as far as this is across the path,
    and across both. `out` must not be parallel to the path.
    """
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    normal = np.asarray(out) - (along @ np.asarray(out))[:, None] * along
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    across = np.cross(normal, along)
    turn = np.arange(sides) * (2 * np.pi / sides)
    half = [np.broadcast_to(np.asarray(size, dtype=np.float64), (len(path),)) for size in (wide, thick)]
    rings = (
        path[:, None]
        + np.cos(turn)[None, :, None] * (half[0][:, None] * across)[:, None]
        + np.sin(turn)[None, :, None] * (half[1][:, None] * normal)[:, None]
    )
    vertices = np.concatenate([rings.reshape(-1, 3), path[:1], path[-1:]])
    return Solid(vertices, _close(_sheet(len(path), sides), len(path), sides))


def hoop(path: Float64, thick: float, out: Sequence[float], sides: int = 8) -> Solid:
    """Returns a tube of radius `thick` mm around a path [P, 3] that ends where it begins."""
    return tube(np.concatenate([path, path[:2]]), thick, thick, out, sides)


def dome(rim: Float64, rise: float) -> Solid:
    """Returns a sheet within a rim [P, 3] (counter-clockwise seen from +z), raised by `rise` mm in its middle."""
    middle, steps = rim.mean(axis=0), np.linspace(1, 0, 9)[:, None, None]
    rings = middle + (rim - middle) * steps + [0, 0, rise] * (1 - steps**2)
    vertices = np.concatenate([rings[:-1].reshape(-1, 3), rings[-1, :1]])
    return Solid(vertices, _close(_sheet(8, len(rim)), 8, len(rim), first=False))


def join_solids(solids: Sequence[Solid]) -> Solid:
    """Returns several solids as one."""
    begins = np.cumsum([0, *(len(solid.vertices) for solid in solids)])
    triangles = [solid.triangles + np.int32(begin) for solid, begin in zip(solids, begins, strict=False)]
    return Solid(np.concatenate([solid.vertices for solid in solids]), np.concatenate(triangles))


def _sheet(rings: int, sides: int) -> Int32:
    """Returns the triangles between rings of `sides` vertices each."""
    ring, side = (part.ravel() for part in np.meshgrid(np.arange(rings - 1), np.arange(sides), indexing="ij"))
    after = (side + 1) % sides
    a, b, c, d = ring * sides + side, ring * sides + after, (ring + 1) * sides + after, (ring + 1) * sides + side
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]).astype(np.int32)


def _close(triangles: Int32, rings: int, sides: int, first: bool = True) -> Int32:
    """Adds fans to the middles of the last ring, and of the first: their vertices follow those of the rings."""
    side = np.arange(sides)
    after, last = (side + 1) % sides, (rings - 1) * sides
    tip = np.full(sides, rings * sides + first)
    fans = [np.stack([last + side, last + after, tip], axis=1)]
    if first:
        fans.append(np.stack([after, side, np.full(sides, rings * sides)], axis=1))
    return np.concatenate([triangles, *fans]).astype(np.int32)
