"""Prepares a scan for drawing: checks it, arranges it for the compiled code, and computes what layers need, once."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numba import njit

from smile.arrays import Float32, Float64, Int32
from smile.data.face import Scan
from smile.errors import UserError
from smile.rendering.raster.curvature import find_curvatures
from smile.rendering.raster.zbuffer import DEEPEST, block_corners

#: Smallest divisor (1 - height / distance) of a vertex; with less, the vertex lies beside a perspective camera.
_NEAREST = 0.05


class Surface:
    """Holds one scan; raises UserError on a triangle with a vertex that is missing or not finite."""

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        self.vertices = np.ascontiguousarray(scan.vertices, dtype=np.float32).reshape(-1, 3)
        self.triangles = np.ascontiguousarray(scan.triangles, dtype=np.int32).reshape(-1, 3)
        self._check()
        self.corners, self._box = block_corners(self.vertices, self.triangles)

    def _check(self) -> None:
        if len(self.triangles) and not 0 <= self.triangles.min() <= self.triangles.max() < len(self.vertices):
            raise UserError(
                f"a vertex number of a triangle is out of range: there are {self.triangles.min()} to "
                f"{self.triangles.max()}, but the scan has vertices 0 to {len(self.vertices) - 1}"
            )
        if not np.isfinite(self.vertices).all():
            broken = np.flatnonzero(~np.isfinite(self.vertices).all(axis=1))
            # A faulty vertex that no triangle uses does no harm.
            broken = broken[np.isin(broken, self.triangles)]
            if len(broken):
                raise UserError(f"{len(broken)} vertices of triangles are not finite, the first is number {broken[0]}")

    def check_seen(self, cameras: Float64, size: int) -> None:
        """Raises UserError where a vertex lies behind one of the cameras [N, 4, 4] or far outside of its image."""
        # Divisor and position of a vertex never exceed those of the corners of a box around all vertices.
        box = np.stack(np.meshgrid(*self._box.T), axis=-1).reshape(-1, 3)
        seen = np.einsum("nij,cj->nic", cameras[:, :, :3], box) + cameras[:, :, 3:]
        if seen[:, 3].min(initial=1.0) < _NEAREST:
            where, cure = "behind a camera in perspective", "is it aligned, and is rendering.distance large enough?"
        elif np.abs(seen[:, :2] / seen[:, 3:]).max(initial=0.0) * size > DEEPEST:
            where, cure = "far out of the picture", "is it aligned?"
        else:
            return
        raise UserError(f"the scan reaches {np.abs(box).max():.0f} mm from the face frame's origin, {where}; {cure}")

    @cached_property
    def normals(self) -> Float32:
        """Unit normals of the vertices [V, 4]; the fourth number is padding."""
        return np.asarray(find_normals(self.vertices, self.triangles))

    @cached_property
    def texture_coordinates(self) -> tuple[Float32, Int32]:
        """Coordinates [U, 2], and the coordinate numbers of each triangle [T, 3]; UserError where they do not fit."""
        scan = self.scan
        uv = np.ascontiguousarray(scan.uv, dtype=np.float32).reshape(-1, 2)
        corners = scan.triangles if scan.triangles_uv is None else scan.triangles_uv
        corners = np.ascontiguousarray(corners, dtype=np.int32).reshape(-1, 3)
        if len(corners) != len(self.triangles) or (len(corners) and not 0 <= corners.min() <= corners.max() < len(uv)):
            raise UserError(
                "the numbers of texture coordinates do not fit: one is out of range, or triangles lack them"
            )
        if not np.isfinite(uv).all():
            raise UserError("texture coordinates are not finite")
        return uv, corners

    @cached_property
    def colours(self) -> Float32:
        """Colours of the vertices [V, 3]; UserError where their number does not fit."""
        colours = np.ascontiguousarray(self.scan.colours, dtype=np.float32)
        if colours.shape != (len(self.vertices), 3):
            raise UserError(f"the scan has {len(self.vertices)} vertices, but colours of shape {colours.shape}")
        return colours

    @cached_property
    def curvatures(self) -> Float32:
        """Principal curvatures of the vertices [V, 2] in 1/mm, the larger first."""
        return find_curvatures(self.vertices, self.triangles, self.normals)


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def find_normals(vertices: Float32, triangles: Int32) -> Float32:
    """Returns unit normals [V, 4] of vertices, from the sum of their triangles' area vectors; 0 without triangles.

    The fourth number is 0; with it, one step reads or adds a normal.
    """
    normals = np.zeros((len(vertices), 4), dtype=np.float32)
    for t in range(len(triangles)):
        i, j, k = np.uint32(triangles[t, 0]), np.uint32(triangles[t, 1]), np.uint32(triangles[t, 2])
        ux, uy, uz = vertices[j, 0] - vertices[i, 0], vertices[j, 1] - vertices[i, 1], vertices[j, 2] - vertices[i, 2]
        vx, vy, vz = vertices[k, 0] - vertices[i, 0], vertices[k, 1] - vertices[i, 1], vertices[k, 2] - vertices[i, 2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (i, j, k):
            normals[corner, 0] += x
            normals[corner, 1] += y
            normals[corner, 2] += z
    for v in range(len(normals)):
        x, y, z = normals[v, 0], normals[v, 1], normals[v, 2]
        length = np.sqrt(x * x + y * y + z * z)
        scale = np.float32(1) / length if length > 0 else np.float32(0)
        normals[v, 0], normals[v, 1], normals[v, 2] = x * scale, y * scale, z * scale
    return normals
