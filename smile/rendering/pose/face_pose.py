"""Finds the poses that bring the scans of a clip into the face frame: a rigid motion per frame, one scale per clip.

Landmarks bring the first frame into the face frame, or its geometry if it has none. Then every frame is laid onto
the first by the parts that expressions hardly move, because landmarks jitter by a millimetre, which would look like
motion. At last the median of the landmarks of all frames, which jitters less, corrects the pose of the whole clip.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from smile.arrays import Float64
from smile.data.face import Scan
from smile.data.landmarks import STABLE_POINTS, groups, middle_of_nose
from smile.errors import UserError
from smile.rendering.pose.generic_face import rigid
from smile.rendering.pose.height_maps import front, generic_face, places, sample, sample_on
from smile.rendering.pose.pose_search import centre_on_symmetry, find_face
from smile.rendering.pose.registration import HeightMap, compose, fit_points, invert, lay, transform

_POINTS, _FEW = 2500, 800  # points of a scan to lay onto a surface, more change nothing; and to compare two poses
# Distances in mm beyond which points are ignored, one for each step.
_TO_GENERIC = (10.0,) * 8
_TO_FIRST_COARSE, _TO_FIRST_FINE = (30.0, 20.0, 20.0, 12.0, 12.0, 8.0, 5.0, 4.0), (8.0, 5.0, 4.0, 3.0, 3.0, 3.0)
_FOLLOWED = 0.9  # of the agreement of the first scan with itself; a scan with less has lost the head


def find_poses(scans: Sequence[Scan], scheme: str | None) -> Float64:
    """Returns poses [T, 3, 4]: similarity transforms with a common scale that bring each scan into the face frame.

    `scheme` names the order of the landmarks; None: there are none. Raises UserError without scans, and where a scan
    has no surface.
    """
    if not scans or any(len(scan.vertices) < 3 or len(scan.triangles) == 0 for scan in scans):
        raise UserError("cannot align a clip without frames, or a scan without triangles")
    stable = [_stable(scan, scheme) for scan in scans]
    poses = _track(scans, stable)
    seen = [transform(pose, points) for pose, points in zip(poses, stable, strict=True) if points is not None]
    if seen:
        settle = fit_points(np.median(seen, axis=0), STABLE_POINTS, scaled=True)
        onto = compose(settle, poses[0])
        settled = centre_on_symmetry(scans[0], lay(sample(scans[0], _POINTS), generic_face(), onto, _TO_GENERIC)[0])
        poses = [compose(settled, compose(invert(poses[0]), pose)) for pose in poses]
    return np.stack(poses)


def _stable(scan: Scan, scheme: str | None) -> Float64 | None:
    """Returns the scan's own STABLE_POINTS [5, 3], for any order of eyes and contours; None if it lacks landmarks."""
    if scan.landmarks is None or scheme is None:
        return None
    points = scan.landmarks.astype(np.float64)
    contours = {name: points[where] for name, where in groups(scheme).items()}
    middles = {name: contour.mean(axis=0) for name, contour in contours.items()}
    nose, mouth = middle_of_nose(contours["nose"], scheme), middles["outer_lip"]
    eyes = (middles["eye_a"] + middles["eye_b"]) / 2
    # The nose stands out of the plane of eyes and mouth, so the cross product of up and out points to the left side.
    left = np.cross(eyes - mouth, nose - (eyes + mouth) / 2)
    names = ("eye_a", "eye_b") if (middles["eye_a"] - middles["eye_b"]) @ left > 0 else ("eye_b", "eye_a")
    outer_left, inner_left = _corners(contours[names[0]], middles[names[1]])
    outer_right, inner_right = _corners(contours[names[1]], middles[names[0]])
    stable = np.stack([outer_left, inner_left, inner_right, outer_right, nose])
    return stable if np.isfinite(stable).all() else None


def _corners(eye: Float64, other: Float64) -> tuple[Float64, Float64]:
    """Returns outer and inner corner of an eye's contour: the points farthest from and closest to the other eye."""
    distance = np.linalg.norm(eye - other, axis=1)
    return eye[distance.argmax()], eye[distance.argmin()]


def _track(scans: Sequence[Scan], stable: Sequence[Float64 | None]) -> list[Float64]:
    """Returns the pose that lays each scan onto the first one, which is roughly in the face frame."""
    first = find_face(scans[0]) if stable[0] is None else fit_points(stable[0], STABLE_POINTS, scaled=True)
    if len(scans) == 1:
        return [first]  # nothing else has to be laid onto it
    surface = front(scans[0], first, rigid(*places()))
    # The first scan is laid onto itself too, so that the missing parts of the map affect all poses in the same way.
    pose, most = _lay_rigid(scans[0], surface, first)
    poses = [pose]
    for scan, points in zip(scans[1:], stable[1:], strict=True):
        start = poses[-1]
        if points is not None and stable[0] is not None:
            start = _fit_rigid(points, transform(first, stable[0]), first)
        poses.append(_follow(scan, surface, start, first, _FOLLOWED * most))
    return poses


def _follow(scan: Scan, surface: HeightMap, start: Float64, first: Float64, enough: float) -> Float64:
    """Returns a scan's pose from a close start; if less than `enough` of it agrees, searches for the head again."""
    found = [_lay_rigid(scan, surface, start)]
    if found[0][1] < enough:
        found.append(_lay_rigid(scan, surface, found[0][0]))
    if max(share for _, share in found) < enough:
        # With the scale of the clip.
        thin = sample(scan, _FEW)
        anew = _fit_rigid(thin, transform(find_face(scan), thin), first)
        found.append(_lay_rigid(scan, surface, anew))
    return max(found, key=lambda trial: trial[1])[0]


def _lay_rigid(scan: Scan, surface: HeightMap, start: Float64) -> tuple[Float64, float]:
    """Returns the pose that lays a scan onto the first one's rigid parts, and the fraction of points that agree.

    The pose decides which points lie on these parts, so they are chosen again after a rough pose is found.
    """
    rough, _ = lay(sample_on(scan, surface, start, _POINTS), surface, start, _TO_FIRST_COARSE)
    return lay(sample_on(scan, surface, rough, _POINTS), surface, rough, _TO_FIRST_FINE)


def _fit_rigid(source: Float64, target: Float64, like: Float64) -> Float64:
    """Returns the pose that lays `source` onto `target` with the scale of the pose `like`."""
    scale = np.cbrt(np.linalg.det(like[:, :3]))
    pose = fit_points(source * scale, target, scaled=False)
    return np.hstack([pose[:, :3] * scale, pose[:, 3:]])
