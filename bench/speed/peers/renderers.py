"""Draws depth, or depth and normals, of a scan with pyrender, or with trimesh and Embree, as a user would."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from smile.arrays import Float32, Float64
from smile.data.face import Scan
from smile.rendering.raster.surface import Surface

#: Depth [N, H, W] in mm, NaN beside the scan; and normals [N, H, W, 3] in the camera's axes, or None.
DrawnViews = tuple[Float64, Float64 | None]

#: mm from the plane through the origin to the orthographic camera; the whole face lies in front of the camera.
_BACK = 500.0
_NEAR, _FAR = 1.0, 2 * _BACK


def split(camera: Float64) -> tuple[Float64, float]:
    """Returns axes [3, 3] (right, up, towards the camera) and half extent in mm of an orthographic camera [4, 4]."""
    return camera[:3, :3] / np.linalg.norm(camera[:3, :3], axis=1, keepdims=True), 1 / float(
        np.linalg.norm(camera[0, :3])
    )


class Pyrender:
    """Draws by OpenGL without a screen; unlit vertex colours carry the normals."""

    def __init__(self, scan: Scan, normals: Float32, keep: bool) -> None:
        self._library, self._renderer = _open_library()
        self._scan, self._colours, self._keep = scan, (normals + 1) / 2, keep
        self._scene: Any = None

    def draw(self, cameras: Float64, size: int, normals: bool) -> DrawnViews:
        """Draws one image after the other; uploads the scan again for each image, or only once if `keep`."""
        self._renderer.viewport_width = self._renderer.viewport_height = size
        views = []
        for camera in cameras:
            if self._scene is None or not self._keep:
                self._scene = self._make_scene()
            views.append(self._draw(camera, normals))
        return np.stack([depth for depth, _ in views]), np.stack([shown for _, shown in views]) if normals else None

    def _make_scene(self) -> Any:
        primitive = self._library.Primitive(
            positions=self._scan.vertices, indices=self._scan.triangles, color_0=self._colours, mode=4
        )
        primitive.material = self._library.MetallicRoughnessMaterial(doubleSided=True)
        scene = self._library.Scene(bg_color=(0, 0, 0, 0), ambient_light=(1.0, 1.0, 1.0))
        scene.add(self._library.Mesh([primitive]))
        return scene

    def _draw(self, camera: Float64, normals: bool) -> tuple[Float64, Float64]:
        axes, half_extent = split(camera)
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = axes.T, _BACK * axes[2]
        lens = self._library.OrthographicCamera(half_extent, half_extent, znear=_NEAR, zfar=_FAR)
        node = self._scene.add(lens, pose=pose)
        flags = self._library.RenderFlags.FLAT if normals else self._library.RenderFlags.DEPTH_ONLY
        drawn = self._renderer.render(self._scene, flags=flags)
        self._scene.remove_node(node)
        colour, depth = drawn if normals else (np.zeros((1, 1, 3)), drawn)
        with np.errstate(divide="ignore"):
            # pyrender converts the depth buffer as if the camera were perspective.
            away = _FAR + _NEAR - _FAR * _NEAR / depth
        return np.where(depth > 0, _BACK - away, np.nan), (colour / 127.5 - 1) @ axes.T


class Embree:
    """Casts a ray through the centre of every pixel; builds the tree of triangles once."""

    def __init__(self, scan: Scan, normals: Float32) -> None:
        import trimesh
        from trimesh.ray.ray_pyembree import RayMeshIntersector
        from trimesh.triangles import points_to_barycentric

        self._mesh = trimesh.Trimesh(scan.vertices, scan.triangles, process=False)
        self._tree, self._weigh = RayMeshIntersector(self._mesh), points_to_barycentric
        self._triangles, self._normals = scan.triangles, normals

    def draw(self, cameras: Float64, size: int, normals: bool) -> DrawnViews:
        """Draws one image after the other."""
        depth, shown = np.full((len(cameras), size * size), np.nan), np.zeros((len(cameras), size * size, 3))
        for view, camera in enumerate(cameras):
            axes, half_extent = split(camera)
            centres = ((np.arange(size) + 0.5) * (2 / size) - 1) * half_extent
            x, y = np.meshgrid(centres, -centres)
            origins = np.stack([x.ravel(), y.ravel(), np.full(x.size, _BACK)], axis=1) @ axes
            directions = np.broadcast_to(-axes[2], origins.shape)
            places, rays, hit = self._tree.intersects_location(origins, directions, multiple_hits=False)
            depth[view, rays] = places @ axes[2]
            if normals:
                weights = self._weigh(self._mesh.triangles[hit], places)
                shown[view, rays] = (self._normals[self._triangles[hit]] * weights[:, :, None]).sum(axis=1) @ axes.T
        return depth.reshape(-1, size, size), shown.reshape(-1, size, size, 3) if normals else None


#: Limits for two images to count as equal: smallest intersection over union of the outlines, then largest medians of
#: the difference of depth in mm and of the angle between normals in degrees. pyrender takes four samples per pixel,
#: none at its centre. So it shows the surface shifted by an eighth of a pixel, and it rounds normals to 1/128.
Limits = tuple[float, float, float]
PEERS: dict[str, tuple[Callable[[Scan], Pyrender | Embree], Limits]] = {
    "pyrender, scan uploaded for each view": (
        lambda scan: Pyrender(scan, _find_normals(scan), keep=False),
        (0.98, 0.2, 1.5),
    ),
    "pyrender, scan kept": (lambda scan: Pyrender(scan, _find_normals(scan), keep=True), (0.98, 0.2, 1.5)),
    "trimesh with embreex": (lambda scan: Embree(scan, _find_normals(scan)), (0.999, 0.01, 1.0)),
}


def open_peers(
    scan: Scan, seen_from: Float64, size: int, normals: bool
) -> tuple[dict[str, Callable[[], DrawnViews]], dict[str, str]]:
    """Returns drawing functions of the peers that work here, and the problems of the others."""
    draws, problems = dict[str, Callable[[], DrawnViews]](), dict[str, str]()
    for name, (make, _) in PEERS.items():
        try:
            peer = make(scan)
            peer.draw(seen_from[:1], size, normals)
        # OpenGL has a different error for every fault of a driver.
        except Exception as error:
            problems[name] = f"does not work here: {type(error).__name__}"
        else:
            draws[name] = partial(peer.draw, seen_from, size, normals)
    return draws, problems


@cache
def _open_library() -> tuple[Any, Any]:
    """Returns pyrender and one renderer for the whole process, because closing any renderer ends OpenGL for all."""
    # OpenGL chooses its platform when it is imported.
    os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
    import pyrender

    return pyrender, pyrender.OffscreenRenderer(64, 64)


def _find_normals(scan: Scan) -> Float32:
    # All peers get our normals, so that only the drawing is compared.
    return Surface(scan).normals[:, :3]
