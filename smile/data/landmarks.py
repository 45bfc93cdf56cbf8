"""Defines landmark schemes, and facial measures that can be computed from each scheme.

Shapes: N clips, L landmarks, M measures; on axis 1, index 0 is the onset and index 1 the apex.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from smile.arrays import Float32, Float64, Int64
from smile.errors import unknown

Groups = Mapping[str, slice]

#: Scheme -> contour -> slice of landmarks. Code relies only on which landmarks belong to a contour. The releases do not
#: say in which order they come and which side is left, so geometry decides both.
SCHEMES: dict[str, Groups] = {
    "bu83": {
        "eye_a": slice(0, 8),
        "eye_b": slice(8, 16),
        "brow_a": slice(16, 26),
        "brow_b": slice(26, 36),
        "nose": slice(36, 48),
        "outer_lip": slice(48, 60),
        "inner_lip": slice(60, 68),
        "outline": slice(68, 83),
    },
    # 22 named points, in the order of formats.lm.NAMES. An eye has two corners; lip contours have middle points.
    "bosphorus": {
        "brow_a": slice(0, 3),
        "brow_b": slice(3, 6),
        "eye_a": slice(6, 8),
        "eye_b": slice(8, 10),
        "nose": slice(10, 15),
        "outer_lip": slice(15, 19),
        "inner_lip": slice(19, 21),
        "outline": slice(21, 22),
    },
}

#: Contours with two points, one above the other. In all other contours with two points, these points are the corners.
_WITHOUT_CORNERS = {"bosphorus": ("inner_lip",)}

#: Weights of the nose landmarks (saddles, left peak, tip, right peak). With these weights their average lies where the
#: average of the scheme "bu83" lies (solved on the mean face of ICT-FaceKit, Li et al. 2020).
_NOSE_WEIGHTS = {"bosphorus": (0.085, 0.085, 0.235, 0.36, 0.235)}

#: Names of the facial measures, in the order of every array of measures.
MEASURES = (
    "inner brow height",
    "outer brow height",
    "brow distance",
    "eye opening",
    "nose wing height",
    "upper lip height",
    "mouth opening",
    "mouth width",
    "lip corner height",
    "lip corner depth",
    "lip thickness",
    "chin height",
)

#: Points of an average face that expressions hardly move, mm in the face frame: outer and inner eye corner on the left,
#: inner and outer one on the right, and the middle of the nose landmarks (bridge and base). They define the face frame.
STABLE_POINTS = np.array(
    [[44.6, 39.3, 26.0], [18.4, 37.5, 32.0], [-18.4, 37.5, 32.0], [-44.6, 39.3, 26.0], [0.0, 9.8, 56.6]]
)

#: Number of points that are averaged at the end of a contour, so that one noisy landmark cannot decide a measure.
_END = 3


def groups(scheme: str) -> Groups:
    """Returns the contours of a landmark scheme; raises UserError on an unknown scheme."""
    if scheme not in SCHEMES:
        raise unknown("landmark scheme", scheme, SCHEMES)
    return SCHEMES[scheme]


def middle_of_nose(nose: Float64, scheme: str) -> Float64:
    """Returns the point [3] in the middle of the nose, from nose landmarks [L, 3]: the same place in every scheme."""
    return np.asarray(np.average(nose, axis=0, weights=_NOSE_WEIGHTS.get(scheme)))


def measure_motion(landmarks: Float32, scheme: str) -> dict[str, Float64]:
    """Returns name -> [N] change of each facial measure from onset to apex, in mm.

    `landmarks` is [N, 2, L, 3] in the face frame. Both sides of the face are averaged. Example: +2 for "eye opening"
    means that the lids are 2 mm further apart at the apex. NaN where the scheme has no landmarks for a measure, or
    where a clip lacks a landmark of the contour.
    """
    contours = groups(scheme)
    rows = [_measure_clip(clip.astype(np.float64), contours, _WITHOUT_CORNERS.get(scheme, ())) for clip in landmarks]
    return {name: np.array([after[name] - before[name] for before, after in rows]) for name in rows[0][0]}


def _measure_clip(
    clip: Float64, contours: Groups, without_corners: Collection[str]
) -> tuple[dict[str, float], dict[str, float]]:
    points = {name: _whole(clip[:, where]) for name, where in contours.items()}
    # Lips may touch at the onset and open at the apex. Their average over both tells upper from lower landmarks.
    picks = {name: _ends(contour.mean(axis=0), name not in without_corners) for name, contour in points.items()}
    measured = [_measure({name: contour[when] for name, contour in points.items()}, picks) for when in range(len(clip))]
    return measured[0], measured[1]


def _whole(contour: Float64) -> Float64:
    """Returns the contour, or only NaN if a point is missing: otherwise the rest would be taken for its ends."""
    return contour if np.isfinite(contour).all() else np.full_like(contour, np.nan)


def _ends(contour: Float64, corners: bool) -> dict[str, Int64]:
    """Returns the numbers of the landmarks at each end of a contour, once per clip, so that no frame changes them."""
    x, y = contour[:, 0], contour[:, 1]
    few = max(min(_END, len(x) // 3), 1)
    middle = np.argsort(np.abs(x - x.mean()), kind="stable")[: len(x) - 2 * corners]  # without the corners
    by_y = middle[np.argsort(y[middle], kind="stable")]
    return {
        "inner": np.argsort(np.abs(x), kind="stable")[:few],
        "outer": np.argsort(-np.abs(x), kind="stable")[:few],
        "plus_x": np.argsort(-x, kind="stable")[:1],
        "minus_x": np.argsort(x, kind="stable")[:1],
        "upper": by_y[len(by_y) // 2 :],
        "lower": by_y[: len(by_y) // 2],
        "lowest": np.argsort(y, kind="stable")[:few],
    }


def _measure(points: Mapping[str, Float64], picks: Mapping[str, Mapping[str, Int64]]) -> dict[str, float]:
    def at(contour: str, end: str) -> Float64:
        picked = points[contour][picks[contour][end]]
        return np.asarray(picked.mean(axis=0)) if len(picked) else np.full(3, np.nan)

    def both(name: str, end: str, axis: int) -> float:
        return float(
            np.mean(
                [
                    np.abs(at(f"{name}_{side}", end)[axis]) if axis == 0 else at(f"{name}_{side}", end)[axis]
                    for side in "ab"
                ]
            )
        )

    corners = (at("outer_lip", "plus_x"), at("outer_lip", "minus_x"))
    wings = (at("nose", "plus_x"), at("nose", "minus_x"))
    opening = at("inner_lip", "upper")[1] - at("inner_lip", "lower")[1]
    return {
        "inner brow height": both("brow", "inner", 1),
        "outer brow height": both("brow", "outer", 1),
        "brow distance": both("brow", "inner", 0),
        "eye opening": both("eye", "upper", 1) - both("eye", "lower", 1),
        "nose wing height": float(np.mean([wing[1] for wing in wings])),
        "upper lip height": float(at("outer_lip", "upper")[1]),
        "mouth opening": float(opening),
        "mouth width": float(corners[0][0] - corners[1][0]),
        "lip corner height": float(np.mean([corner[1] for corner in corners])),
        "lip corner depth": float(np.mean([corner[2] for corner in corners])),
        "lip thickness": float(at("outer_lip", "upper")[1] - at("outer_lip", "lower")[1] - opening),
        "chin height": float(at("outline", "lowest")[1]),
    }
