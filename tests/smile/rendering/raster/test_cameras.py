import numpy as np
import pytest

from smile.config import Rendering
from smile.errors import UserError
from smile.rendering.raster.cameras import HALF_EXTENT, VIEW_NAMES, YAWS, cameras, look_from, name_views


def test_more_views_keep_the_first_ones():
    whole = cameras(Rendering(view_count=len(YAWS)))
    assert len(whole) == 15 and len(np.unique(whole, axis=0)) == 15
    for count in range(1, len(YAWS) + 1):
        np.testing.assert_array_equal(cameras(Rendering(view_count=count)), whole[:count])
    assert len(set(VIEW_NAMES)) == len(YAWS) and VIEW_NAMES[:3] == ("front", "left", "right")


def test_a_views_name_says_where_its_camera_stands():
    towards = cameras(Rendering(view_count=len(YAWS)))[:, 2, :3]
    for name, (x, _, z) in zip(VIEW_NAMES[1:], towards[1:], strict=True):
        side = "left" if x > 0 else "right"
        degrees = round(abs(np.degrees(np.arctan2(x, z))))
        assert name == (side if degrees == 40 else f"{degrees}° {side}")


def test_the_front_camera_has_the_face_frames_axes():
    np.testing.assert_allclose(look_from(0), np.diag([1 / HALF_EXTENT, 1 / HALF_EXTENT, 1, 1]), atol=1e-15)


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (40, 0), (-60, 20), (25, -35)])
def test_a_camera_is_a_rotation_scaled_to_the_picture(yaw, pitch):
    rotation = look_from(yaw, pitch)[:3, :3] * [[HALF_EXTENT], [HALF_EXTENT], [1]]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_left_stands_on_the_subjects_left_and_pitch_above():
    left_cheek, forehead = np.array([60, 0, 0, 1]), np.array([0, 60, 0, 1])
    assert (look_from(40) @ left_cheek)[2] > 0
    assert (look_from(0, 30) @ forehead)[2] > 0


def test_perspective_shows_the_plane_through_the_origin_at_the_same_size_and_what_is_nearer_larger():
    far, near = look_from(25, -10), look_from(25, -10, distance=500.0)
    flat = np.linalg.inv(far) @ np.array([0.7, -0.4, 0.0, 1.0])
    np.testing.assert_allclose(near @ flat, [0.7, -0.4, 0, 1], atol=1e-12)
    raised = np.linalg.inv(far) @ np.array([0.7, -0.4, 50.0, 1.0])
    seen = near @ raised
    # Similar triangles: 450 mm are left of the 500 to the plane.
    np.testing.assert_allclose(seen[:2] / seen[3], np.array([0.7, -0.4]) * 500 / 450, atol=1e-12)
    assert seen[2] == pytest.approx(50)


def test_yaws_and_pitches_make_a_grid_of_views_with_names():
    rig = Rendering(view_count=4, yaws=(-35.0, 40.0), pitches=(0.0, 15.0))
    wanted = [look_from(yaw, pitch) for pitch in (0, 15) for yaw in (-35, 40)]
    np.testing.assert_array_equal(cameras(rig), wanted)
    assert name_views(rig) == ("-35°", "left", "-35° +15°", "+40° +15°")
    assert name_views(Rendering(view_count=5)) == VIEW_NAMES[:5]
    np.testing.assert_array_equal(
        cameras(Rendering(view_count=6, pitches=(0.0, -20.0)))[3:], [look_from(yaw, -20) for yaw in YAWS[:3]]
    )


def test_a_margin_shows_more_around_the_face():
    wide = cameras(Rendering(view_count=1, margin=HALF_EXTENT))[0]
    np.testing.assert_allclose(wide[:2] * 2, look_from(0)[:2])


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"view_count": 0}, "view_count' is 0; choose 1 to 15"),
        ({"view_count": 16}, "view_count' is 16; choose 1 to 15"),
        ({"yaws": (0.0, 20.0)}, "view_count' is 3, but 2 yaws and 1 pitches make 2 views"),
        ({"pitches": (0.0, 20.0)}, "view_count' is 3, but the default yaws and 2 pitches make 2 views"),
        ({"yaws": (0.0, 20.0, 190.0)}, "rendering.yaws' is 190; choose -180 to 180"),
        ({"pitches": (float("nan"),)}, "rendering.pitches' is nan"),
        ({"projection": "perspectiv"}, "did you mean 'perspective'"),
        ({"projection": "perspective", "distance": 100.0}, "rendering.distance' is 100; choose 250"),
        ({"margin": -90.0}, "rendering.margin' is -90"),
        ({"crop_radius": 0.0}, "rendering.crop_radius' is 0"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error(setting, said):
    with pytest.raises(UserError, match=said):
        cameras(Rendering(**setting))
