"""TABLE LAYERS: what can be looked up at each pixel of a raster, once it is known which triangle the pixel shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray

from smile.data.face import Scan
from smile.errors import UserError
from smile.rendering.zbuffer import Hits

Float = NDArray[np.float32]


class Surface:
    """A scan ready to be drawn: arrays as the kernels want them; what layers need of it is computed once.

    Raises UserError on a triangle with a vertex that is not there or not finite.
    """

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        self.vertices = np.ascontiguousarray(scan.vertices, dtype=np.float32).reshape(-1, 3)
        self.triangles = np.ascontiguousarray(scan.triangles, dtype=np.int32).reshape(-1, 3)
        if len(self.triangles) and not 0 <= self.triangles.min() <= self.triangles.max() < len(self.vertices):
            raise UserError("a triangle of the scan has a vertex number out of range")
        self.points = np.ascontiguousarray(self.vertices.T)
        if not np.isfinite(self.points).all():
            self._forget_unused()

    def _forget_unused(self) -> None:
        used = np.unique(self.triangles)
        broken = used[~np.isfinite(self.vertices[used]).all(axis=1)]
        if len(broken):
            raise UserError(f"{len(broken)} vertices of the scan are not finite, the first is number {broken[0]}")
        self.points[~np.isfinite(self.points)] = 0.0

    @cached_property
    def normals(self) -> Float:
        """Unit normals of the vertices [V, 3]."""
        return np.asarray(find_normals(self.vertices, self.triangles))


@dataclass(frozen=True)
class Layer:
    """What a layer shows: `draw` fills a picture [planes, H, W] that is 0 everywhere."""

    planes: int
    draw: Callable[[Surface, Hits, Float], None]


def _depth(surface: Surface, hits: Hits, picture: Float) -> None:
    _mix_heights(hits.pixel, hits.triangle, hits.weights, surface.triangles, surface.vertices, hits.camera[2], picture)


def _normals(surface: Surface, hits: Hits, picture: Float) -> None:
    _mix_normals(hits, surface, hits.axes, picture)


def _face_normals(surface: Surface, hits: Hits, picture: Float) -> None:
    _mix_normals(hits, surface, np.eye(3), picture)


#: Name -> what it shows.
LAYERS: dict[str, Layer] = {
    "depth": Layer(1, _depth),  # mm towards the camera from the plane through the face frame's origin
    "normals": Layer(3, _normals),  # unit, in the camera's axes (right, up, towards it)
    "face_normals": Layer(3, _face_normals),  # unit, in the face frame's axes
}


def _mix_normals(hits: Hits, surface: Surface, axes: NDArray[np.float64], picture: Float) -> None:
    _turn_normals(hits.pixel, hits.triangle, hits.weights, hits.side, surface.triangles, surface.normals, axes, picture)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def find_normals(vertices: Float, triangles: NDArray[np.int32]) -> Float:
    """Unit normals [V, 3] of vertices: the sum of the area vectors of their triangles; 0 where there is none."""
    normals = np.zeros((len(vertices), 3))
    for t in range(len(triangles)):
        a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        ux, uy, uz = np.float64(b[0]) - a[0], np.float64(b[1]) - a[1], np.float64(b[2]) - a[2]
        vx, vy, vz = np.float64(c[0]) - a[0], np.float64(c[1]) - a[1], np.float64(c[2]) - a[2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in range(3):
            normals[triangles[t, k], 0] += x
            normals[triangles[t, k], 1] += y
            normals[triangles[t, k], 2] += z
    for i in range(len(normals)):
        length = np.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2)
        for k in range(3):
            normals[i, k] = normals[i, k] / length if length > 0 else 0.0
    return normals.astype(np.float32)


@njit(cache=True, nogil=True)
def _mix_heights(pixel, triangle, weights, triangles, vertices, row, picture):  # type: ignore[no-untyped-def]
    """Writes the height along the camera's third row [4] at each pixel into picture [1, H, W]."""
    flat = picture.reshape(-1)
    for p in range(len(pixel)):
        height = row[3]
        for corner in range(3):
            i, weight = triangles[triangle[p], corner], weights[p, corner]
            height += weight * (row[0] * vertices[i, 0] + row[1] * vertices[i, 1] + row[2] * vertices[i, 2])
        flat[pixel[p]] = height


@njit(cache=True, nogil=True)
def _turn_normals(pixel, triangle, weights, side, triangles, normals, axes, picture):  # type: ignore[no-untyped-def]
    """Writes interpolated normals along axes [3, 3] into picture [3, H, W]."""
    flat = picture.reshape(3, -1)
    for p in range(len(pixel)):
        x = y = z = 0.0
        for corner in range(3):
            i, weight = triangles[triangle[p], corner], weights[p, corner] * side[p]
            x, y, z = x + weight * normals[i, 0], y + weight * normals[i, 1], z + weight * normals[i, 2]
        length = np.sqrt(x * x + y * y + z * z)
        if length > 0:
            for axis in range(3):
                flat[axis, pixel[p]] = (axes[axis, 0] * x + axes[axis, 1] * y + axes[axis, 2] * z) / length
