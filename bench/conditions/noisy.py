"""Every scan has the noise of a cheap depth sensor: a standard deviation of 0.8 mm along the normals.

The noise of two points 3 mm apart has the correlation 1/e, and is new in every frame. A stand-in's own scanner has
0.1 to 0.3 mm. Landmarks stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from bench.conditions.condition import Condition, change_clips
from smile.data.face import Clip, Scan
from smile.data.units import in_millimetres
from smile.rendering.raster.surface import find_normals
from smile.stand_ins.performance import generator
from smile.stand_ins.scanner import roughen

#: mm: standard deviation of the noise, and distance at which its correlation is 1/e.
_DEVIATION, _CORRELATION = 0.8, 3.0


def _roughen_scan(clip: Clip, frame: int) -> Scan:
    scan = in_millimetres(clip.frames[frame])
    points, triangles = np.ascontiguousarray(scan.vertices), np.ascontiguousarray(scan.triangles)
    normals = find_normals(points, triangles)[:, :3]
    salt = int(generator(0, "noisy", clip.id, frame).integers(2**31))
    return replace(scan, vertices=roughen(points, normals, _DEVIATION, _CORRELATION, salt))


NOISY = Condition("noise of 0.8 mm", change=partial(change_clips, name="noisy", change=_roughen_scan))
