import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from smile.rendering.motion.rank_pooling import exact_rank_pool, rank_pool, rank_weights


def pictures(count, seed=0):
    return np.random.default_rng(seed).standard_normal((count, 2, 3, 4, 4)).astype(np.float32)


def everywhere(count):
    return np.ones((count, 2, 1, 4, 4), dtype=bool)


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
    np.testing.assert_array_equal(np.isnan(exact_rank_pool(frames, mask)), wanted)


def drifting(count, seed, noise=0.1):
    """Frames [T, 2, 3, 4, 4] that go along one direction at a varying pace, with noise, and that direction."""
    rng = np.random.default_rng(seed)
    way = rng.standard_normal((2, 3, 4, 4))
    pace = np.cumsum(rng.uniform(0.2, 1.8, count))
    frames = pace[:, None, None, None, None] / count * way + noise * rng.standard_normal((count, 2, 3, 4, 4))
    return (frames + rng.standard_normal((2, 3, 4, 4))).astype(np.float32), way


def cosine(one, other):
    return (one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum())


def smooth(frames):
    """The running means [T, D] of one view's frames about their mean."""
    flat = frames[:, 0].reshape(len(frames), -1).astype(np.float64)
    return np.cumsum(flat - flat.mean(axis=0), axis=0) / np.arange(1, len(flat) + 1)[:, None]


@pytest.mark.parametrize("seed", range(4))
def test_exact_rank_pooling_is_the_support_vector_regression_that_a_general_solver_finds(seed):
    count = 7
    frames = drifting(count, seed, noise=0.3)[0]
    means = smooth(frames)
    means /= np.sqrt((means**2).sum(axis=1).mean())

    def cost(values):
        direction, offset, slack = values[:-1], values[-1], means @ values[:-1] + values[-1] - np.arange(1, count + 1)
        # The tube's corner rounded off by a hair, for a solver that wants gradients.
        beyond = np.maximum(np.abs(slack) - 0.1, 0)
        return 0.5 * direction @ direction + (np.sqrt(beyond**2 + 1e-8)).sum() + 0 * offset

    solved = minimize(cost, np.zeros(means.shape[1] + 1), method="BFGS", options={"gtol": 1e-7, "maxiter": 4000})
    ours = exact_rank_pool(frames, everywhere(count))[0].ravel()
    assert cosine(ours, solved.x[:-1]) > 0.995


@pytest.mark.parametrize("count", [3, 8, 24])
def test_exact_and_approximate_rank_pooling_agree_on_what_evolves(count):
    for seed in range(4):
        frames, way = drifting(count, seed)
        exact, approximate = (pool(frames, everywhere(count)) for pool in (exact_rank_pool, rank_pool))
        for view in range(2):
            assert cosine(exact[view], approximate[view]) > 0.9
            assert cosine(exact[view], way[view]) > 0.9


@given(st.integers(2, 30), st.floats(-5, 5), st.floats(-5, 5))
def test_a_steady_change_is_recovered_exactly(count, start, end):
    ramp = np.linspace(start, end, count).reshape(-1, 1, 1, 1, 1) * np.array([1.0, -2.0, 0.5]).reshape(1, 1, 3, 1, 1)
    frames = np.broadcast_to(ramp, (count, 2, 3, 4, 4)).astype(np.float32)
    wanted = np.broadcast_to((end - start) * np.array([1.0, -2.0, 0.5]).reshape(1, 3, 1, 1), (2, 3, 4, 4))
    np.testing.assert_allclose(exact_rank_pool(frames, everywhere(count)), wanted, atol=2e-3)


def test_a_view_is_pooled_the_same_beside_others_and_again():
    frames = drifting(9, 1)[0]
    pooled = exact_rank_pool(frames, everywhere(9))
    np.testing.assert_array_equal(pooled, exact_rank_pool(frames, everywhere(9)))
    np.testing.assert_array_equal(pooled[1:], exact_rank_pool(frames[:, 1:], everywhere(9)[:, 1:]))


@pytest.mark.parametrize("count", [1, 6])
def test_what_stands_still_pools_to_nothing(count):
    frames = np.broadcast_to(pictures(1), (count, 2, 3, 4, 4))
    np.testing.assert_array_equal(exact_rank_pool(frames, everywhere(count)), 0)
