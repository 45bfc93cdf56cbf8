"""TABLE LAYERS: what can be looked up at each pixel of a view, after the triangle of the pixel is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from smile.arrays import Bool, Float32, Int32
from smile.errors import UserError
from smile.rendering.raster.hits import Hits
from smile.rendering.raster.surface import Surface
from smile.rendering.raster.texture import look_up_colours, read_texture


@dataclass(frozen=True)
class Layer:
    """Describes a layer: `draw` fills an image [planes, H * W] that is 0 everywhere."""

    planes: int
    draw: Callable[[Surface, Hits, Float32], None]


def _depth(_surface: Surface, hits: Hits, picture: Float32) -> None:
    put(hits.depth[None], hits.pixel, picture)


def _normals(surface: Surface, hits: Hits, picture: Float32) -> None:
    put(_turn(_mix(surface.normals, surface.triangles, hits), hits.weights[3], hits.axes), hits.pixel, picture)


def _face_normals(surface: Surface, hits: Hits, picture: Float32) -> None:
    put(_turn(_mix(surface.normals, surface.triangles, hits), hits.weights[3], np.eye(3)), hits.pixel, picture)


def _shape_index(surface: Surface, hits: Hits, picture: Float32) -> None:
    larger, smaller = _mix(surface.curvatures, surface.triangles, hits)
    index = np.arctan2(larger + smaller, larger - smaller) * np.float32(2 / np.pi)
    put((hits.weights[3] * index)[None], hits.pixel, picture)


def _curvedness(surface: Surface, hits: Hits, picture: Float32) -> None:
    larger, smaller = _mix(surface.curvatures, surface.triangles, hits)
    put(np.sqrt((larger**2 + smaller**2) / 2)[None], hits.pixel, picture)


def _colour(surface: Surface, hits: Hits, picture: Float32) -> None:
    scan = surface.scan
    if scan.texture is not None and scan.uv is not None:
        uv = _mix(*surface.texture_coordinates, hits)
        put(look_up_colours(read_texture(scan.texture), uv), hits.pixel, picture)
    elif scan.colours is not None:
        put(_mix(surface.colours, surface.triangles, hits), hits.pixel, picture)
    else:
        raise UserError("the scan has no colour: neither a texture with coordinates nor colours of its vertices")


#: Name -> what the layer shows.
LAYERS: dict[str, Layer] = {
    "depth": Layer(1, _depth),  # mm from the plane through the face frame's origin towards the camera
    "normals": Layer(3, _normals),  # unit vectors in the camera's axes (right, up, towards the camera)
    "face_normals": Layer(3, _face_normals),  # unit vectors in the axes of the face frame
    # Koenderink & van Doorn 1992: cup -1, rut -0.5, saddle 0, ridge 0.5, cap 1, as seen from the camera
    "shape_index": Layer(1, _shape_index),
    "curvedness": Layer(1, _curvedness),  # 1/mm, root mean square of the principal curvatures
    "colour": Layer(3, _colour),  # red, green, blue in [0, 1]
}


def _mix(values: Float32, corners: Int32, hits: Hits) -> Float32:
    """Returns for each hit the interpolated values [K, P]; corners [T, 3] number the rows of values [.., K]."""
    mixed = np.empty((values.shape[1], len(hits.pixel)), dtype=np.float32)
    _interpolate(values, corners, hits.triangle, hits.weights, mixed)
    return mixed


@njit(cache=True, nogil=True)
def _interpolate(values, corners, triangle, weights, mixed):  # type: ignore[no-untyped-def]
    for p in range(len(triangle)):
        t = np.uint32(triangle[p])
        i, j, k = np.uint32(corners[t, 0]), np.uint32(corners[t, 1]), np.uint32(corners[t, 2])
        a, b, c = weights[0, p], weights[1, p], weights[2, p]
        for plane in range(len(mixed)):
            mixed[plane, p] = a * values[i, plane] + b * values[j, plane] + c * values[k, plane]


@njit(cache=True, nogil=True, error_model="numpy")
def _turn(normals, side, axes):  # type: ignore[no-untyped-def]
    """Returns unit vectors [3, P] along axes [3, 3] of vectors [>= 3, P], reversed where side is -1."""
    turned, m = np.empty((3, normals.shape[1]), dtype=np.float32), axes.astype(np.float32)
    for p in range(normals.shape[1]):
        x, y, z = normals[0, p], normals[1, p], normals[2, p]
        length = np.sqrt(x * x + y * y + z * z)
        scale = side[p] / length if length > 0 else np.float32(0)
        for axis in range(3):
            turned[axis, p] = scale * (m[axis, 0] * x + m[axis, 1] * y + m[axis, 2] * z)
    return turned


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def put(values: Float32, pixel: Int32, picture: Float32) -> None:
    """Writes values [planes, P] to their pixels of an image [planes, H * W]."""
    for plane in range(len(values)):
        for p in range(len(pixel)):
            picture[plane, np.uint32(pixel[p])] = values[plane, p]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def mark(pixel: Int32, mask: Bool) -> None:
    """Sets these pixels of a mask [H * W] to True."""
    for p in pixel:
        mask[np.uint32(p)] = True
