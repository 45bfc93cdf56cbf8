"""EDGE pyrender: draws scans by OpenGL without a screen (EGL), with the signature and the images of rasterize.py.

A fragment shader writes the number of each pixel's triangle as a colour. The layers are then looked up by the same
code as with the numba engine. A scan is uploaded once; only cameras move.
OpenGL belongs to one thread, so one thread of its own does all OpenGL drawing of a process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smile.arrays import Float64, Int32
from smile.data.face import Scan
from smile.errors import UserError
from smile.rendering.raster.hits import Hits, weigh_hits
from smile.rendering.raster.rasterize import Raster, look_up_layers
from smile.rendering.raster.surface import Surface

_PACKAGES = "libegl1 libgl1 libgles2 libegl-mesa0"  # Debian packages for drawing without a graphics card
_EXTENSIONS, _SOFTWARE = 0x3055, b"EGL_MESA_device_software"  # EGL_EXTENSIONS of a device
_MOST_TRIANGLES = (1 << 23) - 1  # three bytes of a colour hold the numbers of both sides, and the background

#: Folder of our shaders; pyrender draws segmentations with the shaders that have its names.
_SHADERS = Path(__file__).with_name("shaders")

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="opengl")


def rasterize_with_opengl(
    scan: Scan,
    cameras: NDArray[Any],
    size: int,
    layers: Sequence[str] = ("depth", "normals"),
    cull_back_faces: bool = False,
) -> Raster:
    """Draws like rasterize.rasterize; also raises UserError where there is no EGL, with the packages to install.

    Pixels whose centre lies within 1/256 pixel of an edge may belong to the other side, because drivers round freely.
    """
    surface = Surface(scan)
    numbers = _number_pixels(surface, cameras, size, cull_back_faces)
    return look_up_layers(surface, cameras, size, layers, lambda camera: _find(surface, camera, size, next(numbers)))


@cache
def has_hardware() -> bool:
    """Returns whether a graphics card, not software, would draw by OpenGL here."""
    try:
        return _thread.submit(lambda: not _is_software(_choose_device())).result()
    except UserError:
        return False


def _find(surface: Surface, camera: Float64, size: int, numbers: Int32) -> Hits:
    """Returns the hits of a view whose pixels [size, size] show these triangles, counted from 1; 0 for none."""
    pixel = np.flatnonzero(numbers).astype(np.int32)
    hits = weigh_hits(surface, camera, size, pixel, numbers.ravel()[pixel] - 1)
    drawn = np.isfinite(hits.depth)
    if drawn.all():
        return hits
    # After positions are rounded to 1/256 pixel, a triangle may have no area, and a driver may still draw it.
    return weigh_hits(surface, camera, size, hits.pixel[drawn], hits.triangle[drawn])


def _number_pixels(surface: Surface, cameras: NDArray[Any], size: int, cull_back_faces: bool) -> Iterator[Int32]:
    """Yields for each camera the triangles [size, size] of its pixels, counted from 1; draws all views at the start."""
    if len(surface.triangles) > _MOST_TRIANGLES:
        raise UserError(f"{len(surface.triangles)} triangles are too many for the engine pyrender; use numba")
    if len(surface.triangles) == 0:
        yield from np.zeros((len(cameras), size, size), dtype=np.int32)
        return
    seen_by = np.asarray(cameras, dtype=np.float64)
    yield from _thread.submit(_draw, surface, seen_by, size, cull_back_faces).result()


def _draw(surface: Surface, cameras: Float64, size: int, cull_back_faces: bool) -> Int32:
    """Draws all cameras; runs in the thread of OpenGL."""
    renderer = _renderer()
    import pyrender

    # pyrender culls back faces of segmentations. To show back faces, all triangles are added again in reverse order.
    triangles = surface.triangles
    both = triangles if cull_back_faces else np.concatenate([triangles, triangles[:, ::-1]])
    mesh = pyrender.Mesh([pyrender.Primitive(surface.vertices, indices=both, mode=pyrender.GLTF.TRIANGLES)])
    scene = pyrender.Scene()
    node = scene.add(mesh)
    camera_node = scene.add(_camera_kind()(np.eye(4)))
    scene.main_camera_node = camera_node
    flags = pyrender.RenderFlags.OFFSCREEN | pyrender.RenderFlags.SEG
    renderer.viewport_width = renderer.viewport_height = size
    numbers = np.empty((len(cameras), size, size), dtype=np.int32)
    for view, camera in enumerate(cameras):
        camera_node.camera.matrix = _clip(camera, surface)
        colours = renderer.render(scene, flags, {node: (0, 0, 0)})[0].astype(np.int32)
        number = colours[..., 0] | colours[..., 1] << 8 | colours[..., 2] << 16
        numbers[view] = np.where(number > len(triangles), number - len(triangles), number)
    return numbers


def _clip(camera: Float64, surface: Surface) -> Float64:
    """Returns OpenGL's matrix for a camera [4, 4], with the depth range of this surface."""
    points = surface.vertices[surface.triangles.ravel()]
    height, divisor = (points @ camera[2:, :3].T + camera[2:, 3]).T
    depth = height / divisor
    middle, half = (depth.max() + depth.min()) / 2, max(float(np.ptp(depth)) * 0.51, 1e-3)
    matrix = camera.copy()
    matrix[2] = (middle * camera[3] - camera[2]) / half
    return matrix


@cache
def _camera_kind() -> Any:
    """Returns a class of pyrender cameras with a given matrix."""
    import pyrender

    class Given(pyrender.Camera):  # type: ignore[misc]
        def __init__(self, matrix: Float64) -> None:
            super().__init__(znear=0.1, zfar=1.0)  # used only for depth images
            self.matrix = matrix

        def get_projection_matrix(self, width: Any = None, height: Any = None) -> Float64:  # noqa: ARG002
            return self.matrix

    return Given


@cache
def _renderer() -> Any:
    """Returns the renderer of pyrender on the best device, with our shaders."""
    device = _choose_device()
    from pyrender.platforms.egl import EGLPlatform
    from pyrender.renderer import Renderer
    from pyrender.shader_program import ShaderProgramCache

    platform = EGLPlatform(1, 1, device)
    try:
        platform.init_context()
    except Exception as error:
        raise UserError(f"EGL makes no OpenGL 4.1 context here ({_first_line(error)}); use the engine numba") from error
    renderer = Renderer(1, 1)
    renderer.platform = platform  # must live as long as the renderer
    renderer._program_cache = ShaderProgramCache(str(_SHADERS))
    return renderer


def _choose_device() -> Any:
    """Returns the EGL device with the number in EGL_DEVICE_ID, or the first graphics card, or software."""
    egl = _load_egl()
    devices = egl.query_devices()
    if not devices:
        raise UserError(f"EGL finds no device to draw with; on Debian install {_PACKAGES}, or use the engine numba")
    wanted = os.environ.get("EGL_DEVICE_ID")
    if wanted is None:
        return min(devices, key=_is_software)
    if not wanted.isdecimal() or int(wanted) >= len(devices):
        raise UserError(f"EGL_DEVICE_ID is {wanted!r}; choose 0 to {len(devices) - 1}")
    return devices[int(wanted)]


def _load_egl() -> Any:
    """Imports pyrender's module for EGL; EGL must be chosen before OpenGL is imported."""
    os.environ["PYOPENGL_PLATFORM"] = "egl"
    try:
        from pyrender.platforms import egl
    except Exception as error:  # PyOpenGL raises AttributeError or ImportError for a missing library
        raise UserError(
            f"OpenGL cannot be loaded by EGL ({_first_line(error)}); on Debian install {_PACKAGES}, "
            "or use the engine numba"
        ) from error
    return egl


def _is_software(device: Any) -> bool:
    extensions = _load_egl()._eglQueryDeviceStringEXT(device._display, _EXTENSIONS) or b""
    return _SOFTWARE in extensions


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
