"""Makes the height maps that scans are laid onto: the generic face, and a scan seen from the front."""

from __future__ import annotations

from functools import cache

import numpy as np

from smile.arrays import Bool, Float64
from smile.data.face import Scan
from smile.rendering.pose.crop import move_scan
from smile.rendering.pose.generic_face import height
from smile.rendering.pose.registration import HeightMap, grid, height_map, transform
from smile.rendering.raster.cameras import HALF_EXTENT, look_from
from smile.rendering.raster.rasterize import rasterize

_SIZE = 120  # pixels, each 1.5 mm wide
_TRIED = 4  # number of vertices to look at for each one that is wanted


@cache
def places() -> tuple[Float64, Float64]:
    """Returns coordinates x and y [S, S] in mm of every height map of this module."""
    return grid(_SIZE, HALF_EXTENT)


@cache
def generic_face() -> HeightMap:
    """Returns the height map of the generic face."""
    return height_map(height(*places()), HALF_EXTENT)


def front(scan: Scan, pose: Float64, use: Bool) -> HeightMap:
    """Returns the height map of a scan from the front, in the face frame by `pose`; NaN where `use` [S, S] is False."""
    raster = rasterize(move_scan(scan, pose), look_from(0.0)[None], _SIZE, ("depth",))
    depth = raster.layers["depth"][0, 0].astype(np.float64)
    return height_map(np.where(raster.mask[0] & use, depth, np.nan), HALF_EXTENT)


def sample(scan: Scan, count: int) -> Float64:
    """Returns about `count` of the scan's vertices, evenly spaced in their order."""
    return scan.vertices[:: max(len(scan.vertices) // count, 1)].astype(np.float64)


def sample_on(scan: Scan, surface: HeightMap, pose: Float64, count: int) -> Float64:
    """Returns about `count` of the scan's vertices that `pose` puts on a usable pixel of the map.

    A few times as many vertices are tried, evenly spaced in their order, which is enough for every map.
    """
    tried = sample(scan, _TRIED * count)
    cell = surface.locate(transform(pose, tried))
    points = tried[(cell >= 0) & np.isfinite(surface.height.ravel()[cell])]
    return points[:: max(len(points) // count, 1)]
