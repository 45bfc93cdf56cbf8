"""Draws one scan from several cameras in one call: a z-buffer, the same bytes on every machine and for any threads.

Coverage follows the pixel-centre rule with the top-left tie rule, in integers (1/256 pixel), so that neighbouring
triangles neither overlap nor leave a crack. First comes which triangle each pixel shows; every layer is then looked
up from that. Surfaces are two-sided, since scans are open and not all are wound alike: where a triangle shows its
back, normals (and the sign of the shape index) are turned over, unless back faces are culled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smile.arrays import Bool, Float32, Float64
from smile.data.face import Scan
from smile.errors import UserError, unknown
from smile.rendering.raster.hits import Hits, find_hits
from smile.rendering.raster.layers import LAYERS, mark
from smile.rendering.raster.surface import Surface

#: Most pixels along a side: float32 counts the pixels of a picture exactly up to there.
LARGEST = 4096


@dataclass(frozen=True)
class Raster:
    """Pictures of one scan from N cameras; row 0 is the top.

    `layers` has what was asked for, by name: the table layers.LAYERS says which there are, how many planes P each has
    and in what unit. Everything is 0 where `mask` is false.
    """

    mask: Bool  # [N, H, W] true on the face
    layers: Mapping[str, Float32]  # name -> [N, P, H, W]


def rasterize(
    scan: Scan,
    cameras: NDArray[Any],
    size: int,
    layers: Sequence[str] = ("depth", "normals"),
    cull_back_faces: bool = False,
) -> Raster:
    """Draws a scan that stands in the face frame with cameras [N, 4, 4] (cameras.py) at `size` x `size` pixels.

    The scan's texture is read only for the layer "colour". Triangles that cover no area are not drawn, a scan without
    triangles gives an empty picture; nothing is clipped in depth. Releases the GIL while it draws.
    Raises UserError on an unknown layer, on one that the scan has no data for, on a triangle with a vertex that is not
    there or not finite, and on a vertex behind a camera in perspective.
    """
    surface = Surface(scan)
    return look_up_layers(
        surface, cameras, size, layers, lambda camera: find_hits(surface, camera, size, cull_back_faces)
    )


def look_up_layers(
    surface: Surface,
    cameras: NDArray[Any],
    size: int,
    layers: Sequence[str],
    find: Callable[[Float64], Hits],
) -> Raster:
    """The layers of what `find` says that each camera sees of a surface; raises as `rasterize` does."""
    for name in layers:
        if name not in LAYERS:
            raise unknown("layer", name, LAYERS)
    if not 1 <= size <= LARGEST:
        raise UserError(f"cannot draw pictures of {size} pixels; choose 1 to {LARGEST}")
    seen_by, count = np.asarray(cameras, dtype=np.float64), len(cameras)
    surface.check_seen(seen_by, size)
    mask = np.zeros((count, size * size), dtype=np.bool_)
    drawn = {name: np.zeros((count, LAYERS[name].planes, size * size), dtype=np.float32) for name in layers}
    for view, camera in enumerate(seen_by):
        hits = find(camera)
        mark(hits.pixel, mask[view])
        for name, pictures in drawn.items():
            LAYERS[name].draw(surface, hits, pictures[view])
    square = {name: pictures.reshape(*pictures.shape[:2], size, size) for name, pictures in drawn.items()}
    return Raster(mask.reshape(count, size, size), square)
