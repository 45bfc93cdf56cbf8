import numpy as np
import pytest

from smile.errors import UserError
from smile.rendering.cameras import HALF_EXTENT, VIEW_NAMES, YAWS, cameras, look_from


def test_more_views_keep_the_first_ones():
    whole = cameras(len(YAWS))
    for count in range(1, len(YAWS) + 1):
        np.testing.assert_array_equal(cameras(count), whole[:count])
    assert len(VIEW_NAMES) == len(YAWS) and VIEW_NAMES[:3] == ("front", "left", "right")


def test_the_front_camera_has_the_face_frames_axes():
    np.testing.assert_allclose(look_from(0)[:, :3], np.diag([1 / HALF_EXTENT, 1 / HALF_EXTENT, 1]), atol=1e-15)


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (40, 0), (-60, 20), (25, -35)])
def test_a_camera_is_a_rotation_scaled_to_the_picture(yaw, pitch):
    rotation = look_from(yaw, pitch)[:, :3] * [[HALF_EXTENT], [HALF_EXTENT], [1]]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_left_stands_on_the_subjects_left_and_pitch_above():
    left_cheek, forehead = np.array([60, 0, 0, 1]), np.array([0, 60, 0, 1])
    assert (cameras(2)[1] @ left_cheek)[2] > 0
    assert (look_from(0, 30) @ forehead)[2] > 0


@pytest.mark.parametrize("count", [0, 8, -1])
def test_a_view_count_that_cannot_be_is_an_error(count):
    with pytest.raises(UserError, match="view_count"):
        cameras(count)
