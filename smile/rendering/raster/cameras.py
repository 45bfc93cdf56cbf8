"""Where the cameras stand: around the face, all looking at the face frame's origin, orthographic or in perspective.

A camera is a [4, 4] matrix on points of the face frame (mm, homogeneous). Its rows give x rightwards and y upwards,
which reach -1 and 1 at the picture's borders, the height in mm above the plane through the origin that faces the
camera, and a divisor of x, y and height: 1 for an orthographic camera, 1 - height / distance for one in perspective.
So both show the plane through the origin at the same size, and the focal length follows: distance / (2 * half extent)
widths of the picture.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from smile.arrays import Float64
from smile.config import Rendering, check_settings
from smile.errors import UserError

#: Degrees around the vertical axis. Nested: the first n views are the same cameras for every n; plus looks at the
#: subject's left side (+x).
YAWS = (0.0, 40.0, -40.0, 20.0, -20.0, 60.0, -60.0, 30.0, -30.0, 50.0, -50.0, 10.0, -10.0, 75.0, -75.0)

#: What people call them, in the same order: words for the usual three, and for the others how far they are turned.
VIEW_NAMES = (
    *("front", "left", "right"),
    *(f"{abs(yaw):g}° {'left' if yaw > 0 else 'right'}" for yaw in YAWS[3:]),
)

#: Half of the picture's width and height in mm without a margin, so that a face with a dropped jaw fits.
HALF_EXTENT = 90.0


def cameras(rendering: Rendering) -> Float64:
    """The cameras [N, 4, 4] of a rendering: for each pitch every yaw, N = rendering.view_count.

    Raises UserError where the settings do not make that many, and on a setting out of range.
    """
    check_settings(rendering, "rendering.")
    half_extent = HALF_EXTENT + rendering.margin
    distance = rendering.distance if rendering.projection == "perspective" else None
    return np.stack([look_from(yaw, pitch, half_extent, distance) for yaw, pitch in directions(rendering)])


def directions(rendering: Rendering) -> list[tuple[float, float]]:
    """(yaw, pitch) in degrees of every view; UserError where there are not rendering.view_count of them."""
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
    """What to call each view: a word for the usual ones, degrees for the others."""
    known = {(yaw, 0.0): name for yaw, name in zip(YAWS, VIEW_NAMES, strict=True)}
    return tuple(known.get(at, f"{at[0]:+g}°" + (f" {at[1]:+g}°" if at[1] else "")) for at in directions(rendering))


def look_from(
    yaw: float, pitch: float = 0.0, half_extent: float = HALF_EXTENT, distance: float | None = None
) -> Float64:
    """The [4, 4] camera that stands `yaw` degrees to the subject's left and `pitch` degrees above.

    `half_extent` is half of what the picture shows of the plane through the origin, `distance` how far a camera in
    perspective is from it (None: orthographic), both in mm.
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
