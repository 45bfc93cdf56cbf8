"""Pose and scale of a clip: rigid motion frame by frame and one scale, into the face frame of generic_face.py.

The first frame is brought into the face frame by landmarks, or by its geometry where there are none. Every frame
is then laid onto the first by the parts that expressions hardly move, since landmarks jitter by a millimetre and
would pass for motion. At last the landmarks of all frames together, which jitter less, settle the clip's pose.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from smile.arrays import Float64
from smile.data.face import Scan
from smile.data.landmarks import groups, middle_of_nose
from smile.errors import UserError
from smile.rendering.pose.generic_face import STABLE_POINTS, rigid
from smile.rendering.pose.height_maps import front, generic_face, places, sample, sample_on
from smile.rendering.pose.pose_search import centre_on_symmetry, find_face
from smile.rendering.pose.registration import HeightMap, compose, fit_points, invert, lay, transform

_POINTS, _FEW = 2500, 800  # of a scan that are laid on a surface, more change nothing; and to compare two poses
# Gates in mm, one for each step.
_TO_GENERIC = (10.0,) * 8
_TO_FIRST_COARSE, _TO_FIRST_FINE = (30.0, 20.0, 20.0, 12.0, 12.0, 8.0, 5.0, 4.0), (8.0, 5.0, 4.0, 3.0, 3.0, 3.0)
_FOLLOWED = 0.9  # of the share of points by which the first scan agrees with itself; heads that were lost have less


def find_poses(scans: Sequence[Scan], scheme: str | None) -> Float64:
    """Poses [T, 3, 4]: similarity transforms with one scale that bring each scan into the face frame.

    `scheme` names the landmarks' order, None: there are none. Raises UserError where no scan is given,
    and where one has no surface.
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
    """The scan's own STABLE_POINTS [5, 3], whichever eye comes first and however a contour runs; None: without them."""
    if scan.landmarks is None or scheme is None:
        return None
    points = scan.landmarks.astype(np.float64)
    contours = {name: points[where] for name, where in groups(scheme).items()}
    middles = {name: contour.mean(axis=0) for name, contour in contours.items()}
    nose, mouth = middle_of_nose(contours["nose"], scheme), middles["outer_lip"]
    eyes = (middles["eye_a"] + middles["eye_b"]) / 2
    # The nose stands out of the plane of eyes and mouth, so up x out points to the subject's left.
    left = np.cross(eyes - mouth, nose - (eyes + mouth) / 2)
    names = ("eye_a", "eye_b") if (middles["eye_a"] - middles["eye_b"]) @ left > 0 else ("eye_b", "eye_a")
    outer_left, inner_left = _corners(contours[names[0]], middles[names[1]])
    outer_right, inner_right = _corners(contours[names[1]], middles[names[0]])
    stable = np.stack([outer_left, inner_left, inner_right, outer_right, nose])
    return stable if np.isfinite(stable).all() else None


def _corners(eye: Float64, other: Float64) -> tuple[Float64, Float64]:
    """The outer and the inner corner of an eye's contour: farthest from and closest to the other eye."""
    distance = np.linalg.norm(eye - other, axis=1)
    return eye[distance.argmax()], eye[distance.argmin()]


def _track(scans: Sequence[Scan], stable: Sequence[Float64 | None]) -> list[Float64]:
    """Pose of each scan by which it lies on the first, which is roughly in the face frame."""
    first = find_face(scans[0]) if stable[0] is None else fit_points(stable[0], STABLE_POINTS, scaled=True)
    if len(scans) == 1:
        return [first]  # there is nothing to lay onto it
    surface = front(scans[0], first, rigid(*places()))
    # The first scan is laid onto itself too, so that whatever the map leaves out is left out of all poses alike.
    pose, most = _lay_rigid(scans[0], surface, first)
    poses = [pose]
    for scan, points in zip(scans[1:], stable[1:], strict=True):
        start = poses[-1]
        if points is not None and stable[0] is not None:
            start = _fit_rigid(points, transform(first, stable[0]), first)
        poses.append(_follow(scan, surface, start, first, _FOLLOWED * most))
    return poses


def _follow(scan: Scan, surface: HeightMap, start: Float64, first: Float64, enough: float) -> Float64:
    """The pose of a scan from a start close by; where less than `enough` of it agrees, the head is looked for anew."""
    found = [_lay_rigid(scan, surface, start)]
    if found[0][1] < enough:
        found.append(_lay_rigid(scan, surface, found[0][0]))
    if max(share for _, share in found) < enough:
        # At the scale of the clip.
        thin = sample(scan, _FEW)
        anew = _fit_rigid(thin, transform(find_face(scan), thin), first)
        found.append(_lay_rigid(scan, surface, anew))
    return max(found, key=lambda trial: trial[1])[0]


def _lay_rigid(scan: Scan, surface: HeightMap, start: Float64) -> tuple[Float64, float]:
    """The pose by which a scan lies on the first one's rigid parts, and the share of its points there that agree.

    Which points lie there depends on the pose, so they are chosen anew once the scan lies roughly.
    """
    rough, _ = lay(sample_on(scan, surface, start, _POINTS), surface, start, _TO_FIRST_COARSE)
    return lay(sample_on(scan, surface, rough, _POINTS), surface, rough, _TO_FIRST_FINE)


def _fit_rigid(source: Float64, target: Float64, like: Float64) -> Float64:
    """The pose that lays source on target with the scale of the pose `like`."""
    scale = np.cbrt(np.linalg.det(like[:, :3]))
    pose = fit_points(source * scale, target, scaled=False)
    return np.hstack([pose[:, :3] * scale, pose[:, 3:]])
