"""A scan alone is a clip too: it is aligned by the landmarks of its data set, drawn, and moves nowhere."""

from dataclasses import replace

import numpy as np
import pytest

from smile.config import Rendering
from smile.data.face import Clip
from smile.data.landmarks import measure_motion
from smile.rendering.clip_pictures import render_clip
from smile.rendering.pose.face_pose import find_poses
from smile.rendering.pose.registration import transform
from smile.stand_ins.export.landmark_choice import choose_landmarks
from smile.stand_ins.synthetic import make_synthetic

SMALL = Rendering(image_size=24, channels=("depth", "normals"))
CLIPS = make_synthetic(subjects=2, frames=2).clips
SCANS = [clip.frames[0] for clip in CLIPS[::6]]


def named(scan):
    """The scan with the landmarks of Bosphorus instead of the 83."""
    return replace(scan, landmarks=choose_landmarks(scan.landmarks))


def still(scan, scheme):
    return Clip("bs000/N_N_0", "bs000", ("neutral",), [scan], "key", landmark_scheme=scheme)


@pytest.mark.parametrize("scan", SCANS)
def test_both_landmark_schemes_lead_to_the_same_pose(scan):
    poses = [find_poses([scan], "bu83")[0], find_poses([named(scan)], "bosphorus")[0]]
    apart = np.subtract(*(transform(pose, scan.vertices) for pose in poses))
    assert np.linalg.norm(apart, axis=1).mean() < 2.5  # mm


@pytest.mark.parametrize("scheme", ["bu83", "bosphorus", None])
def test_one_scan_is_drawn_with_its_landmarks_in_the_face_frame(scheme):
    scan = named(SCANS[0]) if scheme == "bosphorus" else SCANS[0]
    pictures = render_clip(still(scan, scheme), SMALL)
    assert pictures.images.shape[1:] == (4, 24, 24)
    assert pictures.images[:, 0].std(axis=(1, 2)).min() > 10
    if scheme is None:
        assert pictures.landmarks.shape[1] == 0
        return
    np.testing.assert_array_equal(pictures.landmarks[0], pictures.landmarks[1])
    moved = measure_motion(pictures.landmarks[None], scheme)
    assert {name for name, value in moved.items() if value[0] != 0} <= {"eye opening"}


def test_a_scan_that_lacks_landmarks_is_aligned_by_its_geometry():
    scan = named(SCANS[0])
    holed = scan.landmarks.copy()
    holed[[6, 13]] = np.nan  # an eye corner and the tip of the nose
    pictures = render_clip(still(replace(scan, landmarks=holed), "bosphorus"), SMALL)
    missing = np.isnan(pictures.landmarks).all(axis=2)
    assert missing.sum() == 4 and missing[:, [6, 13]].all()
    np.testing.assert_array_equal(
        find_poses([replace(scan, landmarks=holed)], "bosphorus"), find_poses([replace(scan, landmarks=None)], None)
    )
