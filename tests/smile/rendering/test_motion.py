import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile.rendering.motion import assemble, find_apex, rank_pool, rank_weights, subtract
from smile.rendering.rasterize import Raster


def pictures(count, seed=0):
    return np.random.default_rng(seed).standard_normal((count, 2, 3, 4, 4)).astype(np.float32)


def everywhere(count):
    return np.ones((count, 2, 1, 4, 4), dtype=bool)


def bump_film(heights, noise=0.0):
    """Depth and mask [T, 32, 32] of a sheet with a bump of these heights."""
    x, y = np.meshgrid(*[np.linspace(-1, 1, 32)] * 2)
    bump = np.exp(-(x**2 + y**2) * 8)
    rng = np.random.default_rng(1)
    depth = np.stack([20 + h * bump + noise * rng.standard_normal(bump.shape) for h in heights])
    return depth.astype(np.float32), np.ones(depth.shape, dtype=bool)


@pytest.mark.parametrize("count", [2, 3, 8, 25])
def test_rank_pooling_is_the_closed_form_of_bilen(count):
    frames = pictures(count)
    closed = sum((2 * t - count - 1) * frames[t - 1].astype(np.float64) for t in range(1, count + 1))
    # The published form up to its scale; ours makes a unit ramp one.
    np.testing.assert_allclose(
        rank_pool(frames, everywhere(count)), closed * 6 / (count * (count + 1)), rtol=1e-4, atol=1e-5
    )


@given(st.integers(2, 40), st.floats(-5, 5), st.floats(-5, 5))
def test_a_steady_change_pools_to_its_size(count, start, end):
    ramp = np.linspace(start, end, count, dtype=np.float32).reshape(-1, 1, 1, 1, 1) * np.ones((1, 1, 1, 2, 2))
    mask = np.ones((count, 1, 1, 2, 2), dtype=bool)
    np.testing.assert_allclose(rank_pool(ramp.astype(np.float32), mask), end - start, atol=1e-4)


def test_rank_weights_of_one_frame_are_zero():
    np.testing.assert_array_equal(rank_weights(1), [0])


def test_reversed_time_pools_to_the_opposite():
    frames = pictures(7)
    forward, backward = (rank_pool(order, everywhere(7)) for order in (frames, frames[::-1]))
    np.testing.assert_allclose(forward, -backward, atol=1e-5)


def test_a_still_clip_has_no_motion_even_with_holes():
    frames = np.broadcast_to(pictures(1), (6, 2, 3, 4, 4))
    mask = everywhere(6)
    mask[2, :, :, 1, 1] = mask[3, :, :, 0, 2] = False
    np.testing.assert_allclose(rank_pool(frames, mask), 0, atol=1e-5)


def test_a_pixel_without_face_at_either_end_has_no_motion():
    frames, mask = pictures(5), everywhere(5)
    mask[0, :, :, 1, 1] = mask[4, :, :, 2, 2] = mask[2, :, :, 3, 3] = False
    unknown = np.isnan(rank_pool(frames, mask))
    wanted = ~np.broadcast_to(mask[0] & mask[4], unknown.shape)
    np.testing.assert_array_equal(unknown, wanted)
    np.testing.assert_array_equal(np.isnan(subtract(frames, mask, 0, 4)), wanted)


def test_subtract_is_apex_minus_onset():
    frames = pictures(5)
    np.testing.assert_array_equal(subtract(frames, everywhere(5), 0, 3), frames[3] - frames[0])


@pytest.mark.parametrize("apex", [1, 4, 8, 11])
def test_the_apex_is_found_under_noise(apex):
    heights = 4 * np.exp(-(((np.arange(12) - apex) / 3) ** 2))
    depth, mask = bump_film(heights - heights[0] if apex > 3 else heights - heights[-1], noise=0.2)
    found = find_apex(*bump_film(np.r_[0, heights[1:]], noise=0.2))
    assert abs(found - apex) <= 1
    assert find_apex(depth[:1], mask[:1]) == 0


def test_a_pixel_that_jumps_does_not_decide_the_apex():
    depth, mask = bump_film([0, 2, 4, 2, 0, 0])
    depth[5, 3:5, 3:5] += 500
    assert find_apex(depth, mask) == 2


def test_a_film_keeps_the_order_of_frames_and_finds_its_apex():
    depth, mask = bump_film([0, 1, 5, 1])
    rasters = [
        Raster(m[None], {"depth": d[None, None], "normals": np.zeros((1, 3, 32, 32), dtype=np.float32)})
        for d, m in zip(depth, mask, strict=True)
    ]
    film = assemble(rasters)
    assert film.layers["depth"].shape == (4, 1, 1, 32, 32) and film.layers["normals"].shape == (4, 1, 3, 32, 32)
    assert (film.onset, film.apex) == (0, 2)
    np.testing.assert_array_equal(film.layers["depth"][:, 0, 0], depth)
