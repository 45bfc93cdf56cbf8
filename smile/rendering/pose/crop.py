"""Moves a scan into the face frame, and cuts away all that is far from the tip of the nose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from smile.arrays import Float64
from smile.data.face import Scan
from smile.rendering.pose.generic_face import NOSE_TIP
from smile.rendering.pose.registration import transform


def move_scan(scan: Scan, pose: Float64) -> Scan:
    """Returns the scan with vertices and landmarks moved by a pose [3, 4] of face_pose.find_poses."""
    landmarks = None if scan.landmarks is None else transform(pose, scan.landmarks).astype(np.float32)
    return replace(scan, vertices=transform(pose, scan.vertices).astype(np.float32), landmarks=landmarks)


def crop(scan: Scan, radius: float) -> Scan:
    """Returns a scan in the face frame without triangles farther than `radius` mm from the tip of the nose.

    This removes shoulders, clothes and most hair, so that images show the same part of every subject.
    """
    # Column by column, because numpy is many times slower for a sum over an axis of three.
    x, y, z = (scan.vertices - NOSE_TIP.astype(np.float32)).T ** 2
    close = x + y + z <= radius**2
    first, second, third = scan.triangles.T
    kept = close[first] & close[second] & close[third]
    if kept.all():
        return scan
    triangles_uv = None if scan.triangles_uv is None else scan.triangles_uv[kept]
    return replace(scan, triangles=scan.triangles[kept], triangles_uv=triangles_uv)
