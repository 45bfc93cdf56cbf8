"""Draws one scan from several cameras with a z-buffer; the bytes are the same on every machine, for any threads.

A triangle covers a pixel by the pixel-centre rule with the top-left tie rule, in integers (1/256 pixel), so that
neighbouring triangles neither overlap nor leave gaps. First the triangle of each pixel is found; then every layer is
looked up. Surfaces have two sides, because scans are open and not all their triangles have the same orientation.
Where a triangle shows its back, normals and the sign of the shape index are reversed, unless back faces are culled.
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

#: Largest number of pixels along a side, because float32 counts the pixels of an image exactly up to this size.
LARGEST = 4096


@dataclass(frozen=True)
class Raster:
    """Holds images of one scan from N cameras; row 0 is the top.

    `layers` holds the requested layers by name; see LAYERS in layers.py for their number of planes P and their unit.
    All values are 0 where `mask` is False.
    """

    mask: Bool  # [N, H, W] True on the face
    layers: Mapping[str, Float32]  # name -> [N, P, H, W]


def rasterize(
    scan: Scan,
    cameras: NDArray[Any],
    size: int,
    layers: Sequence[str] = ("depth", "normals"),
    cull_back_faces: bool = False,
) -> Raster:
    """Draws a scan in the face frame with cameras [N, 4, 4] (cameras.py) at `size` x `size` pixels.

    The scan's texture is read only for the layer "colour". Triangles without area are not drawn. A scan without
    triangles gives an empty image. Nothing is clipped in depth. Releases the GIL while it draws.
    Raises UserError on an unknown layer, on a layer for which the scan has no data, on a triangle with a vertex that is
    missing or not finite, and on a vertex behind a perspective camera.
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
    """Returns the layers of all cameras, given the hits that `find` returns; raises the errors of `rasterize`."""
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
