"""Chooses the 22 landmarks of Bosphorus from the 83 of the BU data sets, by their position on the face."""

from __future__ import annotations

import numpy as np

from smile.arrays import Float32, Float64
from smile.data.formats.lm import NAMES
from smile.data.landmarks import groups


def choose_landmarks(landmarks: Float32) -> Float32:
    """Returns [22, 3] in the order of lm.NAMES from [83, 3] of the scheme "bu83", both in mm.

    The head must look towards +z within about 45 degrees. The 83 landmarks lack the saddles of the nose; each is placed
    midway between the root of the nose and the inner corner of an eye.
    """
    contours = {name: landmarks[where].astype(np.float64) for name, where in groups("bu83").items()}
    turned = {name: contour @ _axes(contours) for name, contour in contours.items()}  # as seen from the front
    left, right = sorted("ab", key=lambda side: -turned[f"eye_{side}"][:, 0].mean())
    found = _brow("left", turned[f"brow_{left}"], 1) | _brow("right", turned[f"brow_{right}"], -1)
    found |= _eye("left", turned[f"eye_{left}"], 1) | _eye("right", turned[f"eye_{right}"], -1)
    nose = turned["nose"]
    root = nose[nose[:, 1].argmax()]
    for side in ("left", "right"):
        found[f"Nose saddle {side}"] = (root + found[f"Inner {side} eye corner"]) / 2
    found |= {"Left nose peak": nose[nose[:, 0].argmax()], "Right nose peak": nose[nose[:, 0].argmin()]}
    found |= {"Nose tip": nose[nose[:, 2].argmax()]}
    outer, outline = turned["outer_lip"], turned["outline"]
    found |= {"Left mouth corner": outer[outer[:, 0].argmax()], "Right mouth corner": outer[outer[:, 0].argmin()]}
    found |= _lips("outer", outer) | _lips("inner", turned["inner_lip"])
    found |= {"Chin middle": outline[outline[:, 1].argmin()]}
    return np.asarray(np.stack([found[name] for name in NAMES]) @ _axes(contours).T, dtype=np.float32)


def _axes(contours: dict[str, Float64]) -> Float64:
    """Returns axes [3, 3] as columns, to the subject's left, up, and out of the face."""
    eyes = [contours[f"eye_{side}"].mean(axis=0) for side in "ab"]
    mouth = contours["outer_lip"].mean(axis=0)
    left = max(eyes, key=lambda eye: eye[0]) - min(eyes, key=lambda eye: eye[0])
    out = np.cross(left, (eyes[0] + eyes[1]) / 2 - mouth)
    columns = np.stack([left, np.cross(out, left), out], axis=1)
    return np.asarray(columns / np.linalg.norm(columns, axis=0))


def _brow(side: str, brow: Float64, sign: int) -> dict[str, Float64]:
    """Returns the two ends of a brow, and the landmark with the most equal distances to both ends."""
    outward = sign * brow[:, 0]
    inner, outer = brow[outward.argmin()], brow[outward.argmax()]
    apart = [np.linalg.norm(brow - end, axis=1) for end in (inner, outer)]
    middle = brow[np.abs(apart[0] - apart[1]).argmin()]
    return {f"Inner {side} eyebrow": inner, f"Middle {side} eyebrow": middle, f"Outer {side} eyebrow": outer}


def _eye(side: str, eye: Float64, sign: int) -> dict[str, Float64]:
    outward = sign * eye[:, 0]
    return {f"Inner {side} eye corner": eye[outward.argmin()], f"Outer {side} eye corner": eye[outward.argmax()]}


def _lips(which: str, contour: Float64) -> dict[str, Float64]:
    """Returns the middle points of the upper and the lower line of a contour."""
    near = contour[np.abs(contour[:, 0] - contour[:, 0].mean()).argsort(kind="stable")[:2]]
    upper, lower = near[near[:, 1].argmax()], near[near[:, 1].argmin()]
    return {f"Upper lip {which} middle": upper, f"Lower lip {which} middle": lower}
