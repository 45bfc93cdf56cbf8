"""Where the cameras stand: orthographic, on a circle around the face, all looking at the face frame's origin.

An orthographic camera maps a point of the face frame (mm) to the picture: the first two rows give x rightwards and y
upwards in [-1, 1], the third the height in mm above the plane through the origin, towards the camera.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smile.errors import UserError

#: Degrees around the vertical axis. Nested: the first n views are the same cameras for every n; plus looks at the
#: subject's left side (+x).
YAWS = (0.0, 40.0, -40.0, 20.0, -20.0, 60.0, -60.0)

#: What people call them, in the same order.
VIEW_NAMES = ("front", "left", "right", "half left", "half right", "far left", "far right")

#: Half of the picture's width and height in mm, so that a face with a dropped jaw fits.
HALF_EXTENT = 90.0


def cameras(view_count: int, pitch: float = 0.0) -> NDArray[np.float64]:
    """The first `view_count` cameras as [N, 3, 4] matrices; `pitch` degrees raises them all above the face.

    Raises UserError where there are not that many.
    """
    if not 1 <= view_count <= len(YAWS):
        raise UserError(f"setting 'rendering.view_count': {view_count} views; choose 1 to {len(YAWS)}")
    return np.stack([look_from(yaw, pitch) for yaw in YAWS[:view_count]])


def look_from(yaw: float, pitch: float = 0.0, half_extent: float = HALF_EXTENT) -> NDArray[np.float64]:
    """The [3, 4] camera that stands `yaw` degrees to the subject's left and `pitch` degrees above."""
    a, b = np.radians(yaw), np.radians(pitch)
    towards = np.array([np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)])
    right = np.array([np.cos(a), 0.0, -np.sin(a)])
    rotation = np.stack([right / half_extent, np.cross(towards, right) / half_extent, towards])
    return np.hstack([rotation, np.zeros((3, 1))])
