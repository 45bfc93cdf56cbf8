"""The pictures' colours show another light: one warm lamp from the side instead of even light.

The lamp stands 60 degrees to one side of the face and 20 above, on a side that depends on the clip's id. A quarter of
the light is even. Vertices get their own colours, from the texture where a scan has one; so a picture shows no more
detail than the mesh has. Shapes do not change, so this condition is unsuitable where no channel shows colour.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from bench.conditions.condition import Condition, change_clips
from bench.methods.method import Unsuitable
from smile.arrays import Float32
from smile.data.face import Clip, Scan
from smile.data.units import in_millimetres
from smile.rendering.pose.crop import move_scan
from smile.rendering.pose.face_pose import find_poses
from smile.rendering.raster.surface import find_normals
from smile.rendering.raster.texture import look_up_colours, read_texture
from smile.rendering.views import Views
from smile.stand_ins.performance import generator

_CHANNEL = "colour"
_ASIDE, _ABOVE = 60.0, 20.0  # degrees from the line of sight of the front camera
_EVEN = 0.25  # share of light from everywhere
_WARM = np.array([1.15, 0.95, 0.7], dtype=np.float32)  # factors of red, green and blue: a lamp beside daylight


def _light_scan(clip: Clip, frame: int) -> Scan:
    scan = in_millimetres(clip.frames[frame])
    colours = _colours(scan)
    if colours is None:
        return scan
    aside, above = np.radians((_ASIDE, _ABOVE))
    side = 1 if generator(0, "light", clip.id).random() < 0.5 else -1
    lamp = np.array([side * np.sin(aside) * np.cos(above), np.sin(above), np.cos(aside) * np.cos(above)], np.float32)
    normals = _find_outward(scan, clip.landmark_scheme)
    # A Lambertian skin: as bright as the cosine of the angle at which the light falls.
    bright = _EVEN + (1 - _EVEN) * np.maximum(normals @ lamp, 0)
    lit = np.clip(colours * bright[:, None] * _WARM, 0, 1).astype(np.float32)
    return replace(scan, colours=lit, texture=None, uv=None, triangles_uv=None)


def _find_outward(scan: Scan, scheme: str | None) -> Float32:
    """Returns the normals of the vertices [V, 3] in the face frame; outwards, whichever way the triangles wind."""
    placed = move_scan(scan, find_poses([scan], scheme)[0])
    normals = find_normals(np.ascontiguousarray(placed.vertices), np.ascontiguousarray(placed.triangles))[:, :3]
    return np.asarray(normals * (1 if normals[:, 2].sum() >= 0 else -1), dtype=np.float32)


def _colours(scan: Scan) -> Float32 | None:
    """Returns the colours of the vertices [V, 3]; None where the scan has no colour."""
    if scan.texture is None or scan.uv is None:
        return scan.colours
    numbers = scan.triangles if scan.triangles_uv is None else scan.triangles_uv
    corner = np.zeros(len(scan.vertices), np.int64)
    corner[scan.triangles.ravel()] = numbers.ravel()
    uv = np.ascontiguousarray(scan.uv[corner].T, dtype=np.float32)
    return np.asarray(look_up_colours(read_texture(scan.texture), uv)).T


def _refuse_colourless(views: Views) -> Views:
    if _CHANNEL not in views.planes:
        raise Unsuitable("no channel shows colour, and light changes no shape")
    return views


LIGHT = Condition(
    "a warm lamp from the side",
    change=partial(change_clips, name="light", change=_light_scan),
    change_views=_refuse_colourless,
    channel=_CHANNEL,
)
