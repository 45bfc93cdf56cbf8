"""Places the cameras: around the face, looking at the origin of the face frame, orthographic or in perspective.

A camera is a [4, 4] matrix for points of the face frame (mm, homogeneous). Its rows give x (rightwards) and y
(upwards), which are -1 and 1 at the image's borders, then the height, then a divisor of these three. The height, in
mm, is measured from the plane through the origin that faces the camera. The divisor is 1 for an orthographic camera,
and 1 - height / distance in perspective. So both kinds show the plane through the origin at the same size. The focal
length is then distance / (2 * half extent) image widths.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from smile.arrays import Float64
from smile.config import Rendering, check_settings
from smile.errors import UserError

#: Degrees around the vertical axis; plus is the subject's left side (+x). The list is nested: the first n views are the
#: same cameras for every n.
YAWS = (0.0, 40.0, -40.0, 20.0, -20.0, 60.0, -60.0, 30.0, -30.0, 50.0, -50.0, 10.0, -10.0, 75.0, -75.0)

#: Names of these views, in the same order: words for the usual three, degrees for the others.
VIEW_NAMES = (
    *("front", "left", "right"),
    *(f"{abs(yaw):g}° {'left' if yaw > 0 else 'right'}" for yaw in YAWS[3:]),
)

#: mm, half of the image's width and height without a margin, so that a face with a dropped jaw fits.
HALF_EXTENT = 90.0


def cameras(rendering: Rendering) -> Float64:
    """Returns the cameras [N, 4, 4] of a rendering: every yaw for each pitch, N = rendering.view_count.

    Raises UserError where the settings make another number of cameras, and on a setting out of range.
    """
    check_settings(rendering, "rendering.")
    half_extent = HALF_EXTENT + rendering.margin
    distance = rendering.distance if rendering.projection == "perspective" else None
    return np.stack([look_from(yaw, pitch, half_extent, distance) for yaw, pitch in directions(rendering)])


def directions(rendering: Rendering) -> list[tuple[float, float]]:
    """Returns (yaw, pitch) in degrees of every view; UserError where their number is not rendering.view_count."""
    wanted, pitches = rendering.view_count, rendering.pitches
    found = [(yaw, pitch) for pitch, yaw in product(pitches, rendering.yaws or YAWS[: wanted // max(len(pitches), 1)])]
    if len(found) != wanted:
        yaws = f"{len(rendering.yaws)} yaws" if rendering.yaws else "the default yaws"
        raise UserError(
            f"setting 'rendering.view_count' is {wanted}, but {yaws} and {len(pitches)} pitches make {len(found)} "
            f"views; set rendering.view_count to yaws times pitches, at most {len(YAWS)}"
        )
    return found


def name_views(rendering: Rendering) -> tuple[str, ...]:
    """Returns the name of each view: a word for the usual ones, degrees for the others."""
    known = {(yaw, 0.0): name for yaw, name in zip(YAWS, VIEW_NAMES, strict=True)}
    return tuple(known.get(at, f"{at[0]:+g}°" + (f" {at[1]:+g}°" if at[1] else "")) for at in directions(rendering))


def look_from(
    yaw: float, pitch: float = 0.0, half_extent: float = HALF_EXTENT, distance: float | None = None
) -> Float64:
    """Returns the camera [4, 4] that stands `yaw` degrees to the subject's left and `pitch` degrees above.

    `half_extent` is half of the width that the image shows of the plane through the origin. `distance` is that of a
    perspective camera from this plane (None: orthographic). Both are mm.
    """
    a, b = np.radians(yaw), np.radians(pitch)
    towards = np.array([np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)])
    right = np.array([np.cos(a), 0.0, -np.sin(a)])
    camera = np.zeros((4, 4))
    camera[:3, :3] = right / half_extent, np.cross(towards, right) / half_extent, towards
    camera[3, 3] = 1.0
    if distance is not None:
        camera[3, :3] = -towards / distance
    return camera
