"""Builds the neutral synthetic face: a head from splines, features from bumps, and lips and lids that can open.

Every point has a place on a flat chart (s towards the subject's left, v up, mm); formulas lift it into space. On the
chart the mouth is open, so that upper and lower lip are apart; in space the neutral mouth is closed.
Sizes are those of an average adult and are our choice. Letters in shapes: V vertices, T triangles, N points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial import Delaunay

from smile.arrays import Bool, Float64, Int32

EYE = np.array([31.5, 34.5])  # centre of the left eye on the chart
EYE_FOCUS, LID = 12.3, 4.3  # half the distance of the foci of ellipses around an eye; half height of the lid's edge
EYEBALL, EYEBALL_DEPTH, LID_THICKNESS = 14.5, 78.6, 1.2  # radius; z of the centre; mm
MOUTH = np.array([0.0, -33.0])
MOUTH_FOCUS = 23.5  # the closed mouth is the line between the foci
PARTED = 3.5  # how far the lips are apart on the chart

#: The head without features, by height on the chart: v, y, z at the middle, half width.
_HEAD = np.array(
    [
        *((108, 105, 88, 66), (95, 94.5, 97, 69), (80, 80, 102.5, 72), (60, 60, 106, 74), (40, 40, 105, 75)),
        *(
            (15, 15, 104, 76),
            (-10, -10, 104, 73),
            (-35, -35, 105.5, 67),
            (-55, -55, 106.5, 59),
            (-68, -67.5, 105.5, 51),
        ),
        *((-78, -76, 100, 46), (-86, -80.5, 90, 43.5), (-95, -85, 77, 43), (-106, -92, 60, 43)),
    ]
)
_SPLINES = CubicSpline(_HEAD[::-1, 0], _HEAD[::-1, 1:])
_DEPTH = 85.0  # mm from the middle of the face back to its sides

#: Features that raise (or sink) the surface: centre, reach (one standard deviation), height in mm; mirrored if s > 0.
_BUMPS = (
    *((0, -31, 21, 14, 9.0), (0, -69, 13, 9, 4.5), (0, -51, 16, 5, -2.0)),  # muzzle, chin, fold above it
    *((27, 53, 16, 6, 2.2), (0, 56, 9, 9, 1.5), (0, 42, 6, 6, -0.5)),  # brow ridge, glabella, nasion
    *((17, 34, 6.0, 8, -6.5), (30, 33, 15, 10, -3.6), (31, 45, 13, 2.6, -1.6)),  # inner corner, socket, lid crease
    *((44, 9, 14, 11, 3.0), (33, -20, 9, 13, -2.0), (64, 52, 12, 16, -3.0)),  # cheekbone, hollow cheek, temple
    *((12.5, -3, 4.2, 5.5, 10.5), (6.0, -9.5, 2.4, 2.2, -7.0), (17.5, -4, 2.0, 6, -2.5)),  # nose wing, nostril, groove
    *((0, -18, 2.4, 5, -1.0), (22, -16, 3.5, 9, -1.2)),  # philtrum, nasolabial
    *((15, 57, 6, 2.4, 0.7), (27, 60, 8, 2.4, 1.0), (40, 59, 7, 2.2, 0.8)),  # hair of the brow
    *((34, 22, 13, 2.5, -1.0), (28, -34, 3, 5, -1.8)),  # below the lower lid, corner of the mouth
)
#: Back of the nose: v, height in mm, half width.
_NOSE = np.array(
    [
        *((54, 0, 9), (44, 2.0, 6.8), (36, 4.5, 6.4), (28, 9.5, 6.8), (21, 15, 7.4), (14, 20.5, 7.9), (7, 25, 8.4)),
        *((2, 26, 8.6), (-3, 24, 8.4), (-7, 16, 8), (-11, 7, 7.5), (-14, 2, 7.5), (-18, 0, 8)),
    ]
)
_NOSE_BACK = CubicSpline(_NOSE[::-1, 0], _NOSE[::-1, 1:], bc_type="clamped")


@dataclass(frozen=True)
class NeutralMesh:
    """Holds the neutral face: skin first, then the left and the right eyeball."""

    chart: Float64  # [V, 2] with open mouth; points of an eyeball are at the middle of their eye
    vertices: Float64  # [V, 3] mm
    triangles: Int32  # [T, 3]
    skin: int  # number of skin vertices; each eyeball has half of the others


def build_neutral() -> NeutralMesh:
    """Builds the mesh that all synthetic faces share; it is always the same."""
    chart = _chart_points()
    skin = lift(chart)
    triangles = _triangulate(chart)
    ball, ball_triangles = _eyeball()
    right = ball * [-1, 1, 1]
    count = len(ball)
    return NeutralMesh(
        chart=np.concatenate([chart, np.tile(EYE, (count, 1)), np.tile(EYE * [-1, 1], (count, 1))]),
        vertices=np.concatenate([skin, ball, right]),
        triangles=np.concatenate(
            [triangles, ball_triangles + len(skin), ball_triangles[:, ::-1] + len(skin) + count]
        ).astype(np.int32),
        skin=len(skin),
    )


def lift(chart: Float64) -> Float64:
    """Returns the neutral skin in space [N, 3] at places [N, 2] of the chart."""
    places, inside = close_mouth(chart)
    points = head(places)
    points[:, 2] += _raise(places) - 3.0 * inside
    # Behind the slit the lips overlap a little, so that a closed mouth has no gap.
    points[:, 1] -= 0.3 * inside * np.sign(chart[:, 1] - MOUTH[1])
    return _fit_lids(points, places)


def head(places: Float64) -> Float64:
    """Returns the head without features [N, 3]: half an ellipse across, splines up and down."""
    y, z, width = _SPLINES(places[:, 1]).T
    turn = places[:, 0] / width
    # The line of the jaw rises from the chin to the ears.
    y = y + 20 * (1 - np.cos(turn)) * smooth(places[:, 1], -20, -85)
    return np.stack([width * np.sin(turn), y, z - _DEPTH * (1 - np.cos(turn))], axis=1)


def ellipse(places: Float64, centre: Float64, focus: float) -> tuple[Float64, Float64]:
    """Returns elliptic coordinates [N]: half height of the confocal ellipse through each place, and the angle on it."""
    x, y = (places - centre).T
    long = (np.hypot(x - focus, y) + np.hypot(x + focus, y)) / 2
    short = np.sqrt(np.maximum(long**2 - focus**2, 0))
    return short, np.arctan2(y * long, x * np.maximum(short, 1e-9))


def ring(centre: Float64, focus: float, half_height: float, count: int) -> Float64:
    """Returns places [count, 2] on an ellipse around an eye or the mouth, from the subject's left end over the top."""
    angle = np.arange(count) * (2 * np.pi / count)
    half_width = (half_height**2 + focus**2) ** 0.5
    return np.asarray(centre + np.stack([half_width * np.cos(angle), half_height * np.sin(angle)], axis=1))


def close_mouth(chart: Float64) -> tuple[Float64, Float64]:
    """Returns places [N, 2] with closed lips, and how far inside the mouth each point lies, [N] mm, 0 outside."""
    open_by, angle = ellipse(chart, MOUTH, MOUTH_FOCUS)
    fade = np.clip((45 - open_by) / 28, 0, 1)
    short = np.maximum(open_by - PARTED * fade, 0.05)
    long = np.sqrt(short**2 + MOUTH_FOCUS**2)
    places = MOUTH + np.stack([long * np.cos(angle), short * np.sin(angle)], axis=1)
    places[:, 1] += (0.9 * np.exp(-0.5 * (places[:, 0] / 7) ** 2) - 0.5) * smooth(short, 16, 6)
    return places, np.maximum(PARTED - open_by, 0)


def smooth(x: Float64, low: float, high: float) -> Float64:
    """Returns a smooth step from 0 at `low` to 1 at `high`, which may be smaller than `low`."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def on_eyeball(places: Float64) -> Float64:
    """Returns z [N] of the outer side of the lids at these places, laid over the nearer eyeball."""
    x, y = np.abs(places[:, 0]) - EYE[0], places[:, 1] - EYE[1]
    return np.asarray(EYEBALL_DEPTH + np.sqrt(np.maximum((EYEBALL + LID_THICKNESS) ** 2 - x**2 - y**2, 9.0)))


def mirrored(places: Float64) -> Float64:
    """Returns places [N, 2] with those of the right half mirrored to the left."""
    return np.stack([np.abs(places[:, 0]), places[:, 1]], axis=1)


def _raise(places: Float64) -> Float64:
    """Returns how far the features stand out of the head, [N] mm."""
    s, v = places.T
    out = np.zeros(len(places))
    for cs, cv, rs, rv, height in _BUMPS:
        centres = (cs, -cs) if cs else (0,)
        out += sum(height * np.exp(-0.5 * (((s - c) / rs) ** 2 + ((v - cv) / rv) ** 2)) for c in centres)
    back, width = _NOSE_BACK(np.clip(v, -18, 54)).T
    out += back * np.exp(-0.5 * (np.abs(s) / width) ** 2.4)
    return out + _lips(places)


def _lips(places: Float64) -> Float64:
    short, angle = ellipse(places, MOUTH, MOUTH_FOCUS)
    upper = np.sin(angle) > 0
    thick = np.abs(np.sin(angle)) ** 1.1
    bow = 1 - 0.25 * np.exp(-0.5 * (places[:, 0] / 3.5) ** 2)
    roll = np.where(
        upper, 3.0 * bow * np.exp(-0.5 * ((short - 5.2) / 2.6) ** 2), 3.6 * np.exp(-0.5 * ((short - 5.0) / 2.8) ** 2)
    )
    return np.asarray(thick * roll - 2.5 * np.exp(-short / 1.2))


def _fit_lids(points: Float64, places: Float64) -> Float64:
    """Lays the skin around the eyes over the eyeballs."""
    short, _ = ellipse(mirrored(places), EYE, EYE_FOCUS)
    ball = on_eyeball(places) - 5.0 * smooth(short, LID, LID - 1.0)
    share = smooth(short, 15.0, 8.0)
    skin = points[:, 2]
    over = (skin + ball + np.sqrt((skin - ball) ** 2 + 2.0)) / 2
    points[:, 2] = skin + share * (over - skin)
    return points


def _chart_points() -> Float64:
    eye = _rings(EYE, EYE_FOCUS, (3.3, LID, 5.4, 7.0, 8.8, 11.0, 13.5), 36)
    mouth = _rings(
        MOUTH, MOUTH_FOCUS, tuple(b + PARTED for b in (-2.5, -1.2, 0, 1.2, 2.6, 4.2, 6.0, 8.0, 10.5, 13.5)), 60
    )
    fine, coarse = _hexagons(2.5), _hexagons(5.0)
    grid = np.concatenate([fine[_detailed(fine, 0.0)], coarse[~_detailed(coarse, 2.0)]])
    near = np.minimum(
        ellipse(mirrored(grid), EYE, EYE_FOCUS)[0] - 15.0, ellipse(grid, MOUTH, MOUTH_FOCUS)[0] - 15.2 - PARTED
    )
    left = np.concatenate([eye, mouth[mouth[:, 0] > -1e-6], grid[(near > 0) & (grid[:, 0] > -1e-6)]])
    right = left[left[:, 0] > 1e-6] * [-1, 1]
    left[np.abs(left[:, 0]) < 1e-6, 0] = 0
    return np.concatenate([left, right])


def _detailed(places: Float64, margin: float) -> Bool:
    """Returns whether places lie where faces move and fold, [N]: an oval from the chin to the upper forehead."""
    s, v = places[:, 0] / (56 + margin), (places[:, 1] - 2) / (84 + margin)
    return np.asarray(s**4 + v**4 < 1)


def _rings(centre: Float64, focus: float, half_heights: tuple[float, ...], count: int) -> Float64:
    return np.concatenate([ring(centre, focus, b, count) for b in half_heights])


def _hexagons(step: float) -> Float64:
    """Returns a grid of equilateral triangles over the chart, symmetric in s."""
    rows = np.arange(-104, 101, step * 3**0.5 / 2)
    columns = np.arange(0, 110, step)
    half = np.concatenate(
        [np.stack([columns + step / 2 * (r % 2), np.full(len(columns), v)], 1) for r, v in enumerate(rows)]
    )
    grid = np.concatenate([half, half[half[:, 0] > 0] * [-1, 1]])
    return np.asarray(grid[np.abs(grid[:, 0]) < _border(grid[:, 1])])


def _border(v: Float64) -> Float64:
    """Returns the half width of the face at height v, [N]: an oval in front of the ears, from hairline to throat."""
    oval = 1 - np.abs((v - 15) / np.where(v > 15, 85, 112)) ** 2.6
    side = (1.0 + 0.3 * smooth(v, -90, 0)) * _SPLINES(v)[:, 2]
    return np.asarray(np.minimum(106 * np.maximum(oval, 0) ** (1 / 2.2), side))


def _triangulate(chart: Float64) -> Int32:
    """Triangulates the chart (Delaunay), without the openings of mouth and eyes, and without thin border triangles."""
    triangles = _delaunay(chart)
    corners = chart[triangles]
    middle = corners.mean(axis=1)
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    opening = (ellipse(middle, MOUTH, MOUTH_FOCUS)[0] < 1.0) | (ellipse(mirrored(middle), EYE, EYE_FOCUS)[0] < 3.25)
    return np.asarray(triangles[~opening & (longest < 10.0)])


def _eyeball() -> tuple[Float64, Int32]:
    """Returns vertices in space and triangles of the front of the left eyeball, with its cornea."""
    tilt, turn = (a.ravel() for a in np.meshgrid(np.linspace(0, 1.15, 9)[1:], np.arange(24) * (2 * np.pi / 24)))
    tilt, turn = np.append(0.0, tilt), np.append(0.0, turn)
    flat = tilt[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    directions = np.stack([np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn), np.cos(tilt)], axis=1)
    radius = EYEBALL + 0.8 * np.exp(-0.5 * (tilt / 0.25) ** 2)
    return directions * radius[:, None] + [*EYE, EYEBALL_DEPTH], _delaunay(flat)


def _delaunay(flat: Float64) -> Int32:
    """Returns Delaunay triangles of points [N, 2], all counter-clockwise."""
    triangles = Delaunay(flat).simplices
    u, w = flat[triangles[:, 1]] - flat[triangles[:, 0]], flat[triangles[:, 2]] - flat[triangles[:, 0]]
    backwards = u[:, 0] * w[:, 1] < u[:, 1] * w[:, 0]
    triangles[backwards] = triangles[backwards, ::-1]
    return np.asarray(triangles, dtype=np.int32)
