import numpy as np
import pytest

from smile.rendering.motion.film import assemble, pick, regress_layer, subtract
from smile.rendering.raster.rasterize import Raster
from tests.smile.rendering.motion.test_moments import bump_film


def pictures(count, seed=0):
    return np.random.default_rng(seed).standard_normal((count, 2, 3, 4, 4)).astype(np.float32)


def everywhere(count):
    return np.ones((count, 2, 1, 4, 4), dtype=bool)


def bumps(heights):
    depth, mask = bump_film(heights)
    return [
        Raster(m[None], {"depth": d[None, None], "normals": np.zeros((1, 3, 32, 32), dtype=np.float32)})
        for d, m in zip(depth, mask, strict=True)
    ]


def test_subtract_is_apex_minus_onset():
    frames = pictures(5)
    np.testing.assert_array_equal(subtract(frames, everywhere(5), 0, 3), frames[3] - frames[0])


def test_a_pixel_without_face_at_onset_or_apex_has_no_difference():
    frames, mask = pictures(5), everywhere(5)
    mask[0, :, :, 1, 1] = mask[4, :, :, 2, 2] = mask[2, :, :, 3, 3] = False
    unknown = np.isnan(subtract(frames, mask, 0, 4))
    np.testing.assert_array_equal(unknown, ~np.broadcast_to(mask[0] & mask[4], unknown.shape))


def test_slow_drift_of_the_whole_face_leaves_nothing_in_its_movement():
    acted = 4 * np.interp(np.arange(20), [3, 6, 11, 14], [0, 1, 1, 0])
    still, slid = bumps(acted), bumps(acted)
    for number, raster in enumerate(slid):
        raster.layers["depth"][:] += np.float32(0.02 * number)
    wanted, found = (regress_layer(assemble(film), "depth") for film in (still, slid))
    np.testing.assert_allclose(found, wanted, atol=2e-3)
    assert np.abs(wanted).max() == pytest.approx(4, rel=0.15)
    # Two frames take the drift for movement.
    first, last = (subtract(film.layers["depth"], film.mask, 0, 8) for film in map(assemble, (still, slid)))
    assert np.abs(first - last).max() > 0.1


def test_picked_frames_lie_side_by_side_as_planes():
    frames, mask = pictures(5), everywhere(5)
    mask[3, 0, :, 1, 1] = False
    shown = pick(frames, mask, (0, 3))
    assert shown.shape == (2, 6, 4, 4)
    np.testing.assert_array_equal(shown[:, :3], frames[0])
    np.testing.assert_array_equal(shown[1, 3:], frames[3, 1])
    assert np.isnan(shown[0, 3:, 1, 1]).all() and np.isfinite(shown[0, 3:, 0]).all()


def test_a_film_keeps_the_order_of_frames_and_finds_its_moments():
    film = assemble(bumps([0, 1, 5, 1]))
    assert film.layers["depth"].shape == (4, 1, 1, 32, 32) and film.layers["normals"].shape == (4, 1, 3, 32, 32)
    assert (film.onset, film.apex) == (0, 2)
    np.testing.assert_array_equal(film.layers["depth"][:, 0, 0], bump_film([0, 1, 5, 1])[0])


@pytest.mark.parametrize(("count", "keys"), [(1, (6,)), (2, (0, 6)), (3, (0, 3, 6)), (4, (0, 2, 4, 6))])
def test_key_frames_lead_from_onset_to_apex(count, keys):
    assert assemble(bumps([0, 1, 2, 3, 4, 5, 6, 0]), count, onset=0, apex=6).keys == keys


def test_pooling_starts_with_the_clip_but_not_before_an_annotated_onset():
    heights = [0, 0, 0, 2, 5, 5, 2, 0]
    assert (assemble(bumps(heights)).onset, assemble(bumps(heights)).start) == (2, 0)
    assert assemble(bumps(heights), onset=1).start == 1


def test_a_film_of_one_frame_shows_it_as_every_key_frame():
    assert assemble(bumps([3]), 3).keys == (0, 0, 0)
