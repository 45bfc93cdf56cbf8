"""Defines a generic face by formula; scans are laid onto it, so that every clip stands in the same face frame.

The origin of the face frame lies inside the head, on its middle plane, 43 mm below the line through the eye corners
and 30 mm behind them. So the cameras show an average face from the forehead to a dropped jaw.
Lengths are mm; +x is the subject's left, +y up, +z out of the face.
"""

from __future__ import annotations

import numpy as np

from smile.arrays import Bool, Float64

#: Half axes (x, y, z) of the ellipsoid under the face, and its centre (y, z).
_AXES, _CENTRE = (75.0, 99.7, 77.3), (19.6, -35.9)

#: Gaussian bumps on the ellipsoid: height, |x| and y of the middle, width along x and along y; on both sides unless x
#: is 0. Fitted by least squares to the mean face of ICT-FaceKit (Li et al. 2020): 1.3 mm RMS.
_BUMPS = (
    (7.2, 0.0, -14.9, 15.6, 44.0),
    (27.5, 0.0, 27.9, 12.7, 22.6),
    (-12.0, 7.9, 37.7, 26.8, 18.5),
    (21.0, 62.7, 75.5, 66.5, 39.2),
    (24.3, 0.0, -48.5, 93.0, 40.4),
    (37.9, 0.0, -67.2, 37.0, 17.9),
    (6.8, 55.0, 6.9, 17.7, 17.4),
    (12.5, 7.9, 7.1, 8.6, 7.0),
    (-17.6, 0.0, -57.5, 25.2, 15.1),
    (-4.9, 53.3, 36.3, 11.1, 9.2),
)

#: Tip of the nose of the average face.
NOSE_TIP = np.array([0.0, 9.0, 71.0])


def height(x: Float64, y: Float64) -> Float64:
    """Returns the height z of the generic face in front of (x, y); NaN outside of the face."""
    inside = 1 - (x / _AXES[0]) ** 2 - ((y - _CENTRE[0]) / _AXES[1]) ** 2
    z = _CENTRE[1] + _AXES[2] * np.sqrt(np.maximum(inside, 0.01))
    for tall, middle_x, middle_y, wide, high in _BUMPS:
        for side in (1, -1) if middle_x else (1,):
            z = z + tall * np.exp(-(((x - side * middle_x) / wide) ** 2) - ((y - middle_y) / high) ** 2)
    return np.where(np.hypot(x / 68, (y - 5) / 83) < 1, z, np.nan)


def rigid(x: Float64, y: Float64) -> Bool:
    """Returns whether expressions hardly move the face at (x, y): temples, outer cheekbones, middle line of the nose.

    Found on ICT-FaceKit with the action units of the six basic expressions. Brows move the whole forehead by 2 mm.
    """
    sides = (np.abs(x) > 54) & (np.abs(x) < 74) & (y > -10) & (y < 88)
    root = (np.abs(x) < 18) & (y > 22) & (y < 46)
    ridge = (np.abs(x) < 14) & (y > 3) & (y < 30)
    return sides | root | ridge
