"""Draws the scans of .wrl files with numpy, trimesh and pyrender, as a user would, without finding their pose."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from bench.speed.peers.parsers import read_with_numpy
from smile.arrays import Float32, Float64
from smile.config import Rendering
from smile.rendering.raster.cameras import HALF_EXTENT, cameras

DrawFile = Callable[[Path], tuple[Float32, Float32]]  # file -> depth, normals [V, ., H, W]

_FAR, _NEAR, _FARTHEST = 1000.0, 500.0, 1500.0  # mm from pyrender's cameras to the origin, and their range of sight


@contextmanager
def open_script(rendering: Rendering) -> Iterator[DrawFile | None]:
    """Yields a function that draws a .wrl with pyrender; None where pyrender does not work."""
    os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
    try:
        import pyrender

        renderer = pyrender.OffscreenRenderer(rendering.image_size, rendering.image_size)
    except Exception:  # a missing library of OpenGL causes many kinds of errors
        yield None
        return
    try:
        yield partial(_draw_with_pyrender, pyrender, renderer, cameras(rendering))
    finally:
        renderer.delete()


def _draw_with_pyrender(pyrender: Any, renderer: Any, seen_from: Float64, file: Path) -> tuple[Float32, Float32]:
    """Draws depth [V, 1, H, W] and normals [V, 3, H, W] of a .wrl; uploads it once; vertex colours carry normals."""
    vertices, triangles, _, _ = read_with_numpy(file)
    mesh = trimesh.Trimesh(vertices, triangles, process=False)
    colours = np.clip(mesh.vertex_normals * 127.5 + 127.5, 0, 255).astype(np.uint8)
    mesh.visual = trimesh.visual.ColorVisuals(mesh, vertex_colors=colours)
    scene = pyrender.Scene(bg_color=(0, 0, 0, 0))
    scene.add(pyrender.Mesh.from_trimesh(mesh))
    node = scene.add(pyrender.OrthographicCamera(HALF_EXTENT, HALF_EXTENT, znear=_NEAR, zfar=_FARTHEST))
    depths, normals = [], []
    for camera in seen_from:
        axes = camera[:3, :3] / np.linalg.norm(camera[:3, :3], axis=1, keepdims=True)
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = axes.T, _FAR * axes[2]
        scene.set_pose(node, pose)
        colour, depth = renderer.render(scene, flags=pyrender.RenderFlags.FLAT | pyrender.RenderFlags.SKIP_CULL_FACES)
        face = depth > 0
        depths.append(np.where(face, _FAR - _straighten(depth), 0)[None])
        turned = (colour[..., :3].astype(np.float32) / 127.5 - 1) @ axes.T.astype(np.float32)
        turned /= np.maximum(np.linalg.norm(turned, axis=2, keepdims=True), 1e-6)
        normals.append(np.where(face, turned.transpose(2, 0, 1), 0))
    return np.stack(depths).astype(np.float32), np.stack(normals).astype(np.float32)


def _straighten(depth: Float32) -> Float64:
    """Returns distances of an orthographic camera: pyrender converts its depth buffer as if it were perspective."""
    seen = np.maximum(depth.astype(np.float64), _NEAR)
    buffer = (_FARTHEST + _NEAR - 2 * _NEAR * _FARTHEST / seen) / (_FARTHEST - _NEAR)
    return _NEAR + (buffer + 1) / 2 * (_FARTHEST - _NEAR)
