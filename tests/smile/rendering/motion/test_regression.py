import numpy as np
import pytest

from smile.rendering.motion.regression import fit_ends, regress, take_out

CURVE = np.array([0, 0, 0.3, 0.8, 1, 1, 0.9, 0.5, 0.1, 0, 0, 0])
TIME = np.arange(len(CURVE))


def draw(seed=0, missing=0.0):
    """Values [T, 2, 3, 5, 5] and where they are seen [T, 2, 1, 5, 5]."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((len(CURVE), 2, 3, 5, 5)).astype(np.float32)
    return values, rng.random((len(CURVE), 2, 1, 5, 5)) >= missing


@pytest.mark.parametrize("drifts", [False, True])
def test_each_place_has_the_coefficient_of_a_least_squares_fit_to_the_frames_that_show_it(drifts):
    values, seen = draw(missing=0.2)
    found = regress(values, seen, CURVE, drifts)
    beside = [CURVE, np.ones(len(CURVE)), *([TIME] if drifts else [])]
    for place in np.ndindex(found.shape):
        shown = seen[(slice(None), place[0], 0, *place[2:])]
        design, wanted = np.stack(beside, axis=1)[shown], values[(slice(None), *place)][shown]
        if np.isfinite(found[place]):
            assert found[place] == pytest.approx(np.linalg.lstsq(design, wanted)[0][0], abs=1e-4)
    assert np.isfinite(found).mean() > 0.8


def test_fewer_frames_than_half_tell_nothing():
    values, seen = draw()
    seen[:7, 0, 0, 1, 1] = seen[::2, 1, 0, 2, 2] = False
    found = regress(values, seen, CURVE)
    assert np.isnan(found[0, :, 1, 1]).all() and np.isnan(found).sum() == 3


def test_frames_that_are_all_at_rest_tell_nothing():
    values, seen = draw()
    seen[CURVE > 0.2, 0, 0, 1, 1] = False
    assert seen[:, 0, 0, 1, 1].mean() >= 0.5
    assert np.isnan(regress(values, seen, CURVE)[0, :, 1, 1]).all()
    assert np.isnan(regress(values, seen, 0 * CURVE)).all()
    # From time alone a steady rise is not told.
    assert np.isnan(regress(values, seen, TIME / TIME[-1], drifts=True)).all()


def test_what_is_not_seen_does_not_count():
    values, seen = draw(missing=0.2)
    hidden = np.where(seen, values, np.float32(1e6)).astype(np.float32)
    np.testing.assert_array_equal(regress(values, seen, CURVE, True), regress(hidden, seen, CURVE, True))


def test_drift_is_taken_out():
    values, seen = draw(missing=0.2)
    slid = values + (0.2 * TIME).astype(np.float32).reshape(-1, 1, 1, 1, 1)
    np.testing.assert_allclose(regress(slid, seen, CURVE, True), regress(values, seen, CURVE, True), atol=1e-4)
    assert np.nanmax(np.abs(regress(slid, seen, CURVE) - regress(values, seen, CURVE))) > 0.01


def test_noise_is_less_than_that_of_two_frames_by_the_formula():
    # The variance of a coefficient is the noise's over the squares that the curve has left; of a difference, twice it.
    noise = np.random.default_rng(1).standard_normal((len(CURVE), 1, 1, 20_000)).astype(np.float32)
    seen = np.ones(noise.shape, bool)
    for drifts in (False, True):
        squares = (take_out(CURVE, drifts) ** 2).sum()
        spread = regress(noise, seen, CURVE, drifts).std()
        assert spread == pytest.approx(1 / np.sqrt(squares), rel=0.03)
        assert spread < 0.55 * (noise[4] - noise[0]).std()


def test_a_jump_counts_as_the_farthest():
    values, seen = np.zeros((len(CURVE), 1, 1, 1), np.float32), np.ones((len(CURVE), 1, 1, 1), bool)
    values[4] = 500.0
    near, far = (regress(values * share, seen, CURVE, farthest=10.0) for share in (0.4, 1))
    np.testing.assert_array_equal(near, far)
    assert 0 < far < 10 < regress(values, seen, CURVE) / 10


def test_ends_are_the_values_at_rest_and_at_the_apex():
    rest, change = np.random.default_rng(2).standard_normal((2, 1, 3, 83)).astype(np.float32)
    marks = (rest + CURVE.reshape(-1, 1, 1, 1) * change).astype(np.float32)
    seen = np.ones((len(CURVE), 1, 1, 83), bool)
    seen[4:6, ..., 7] = False
    start, end = fit_ends(np.where(seen, marks, np.nan), seen, CURVE)
    np.testing.assert_allclose(start, rest, atol=1e-5)
    np.testing.assert_allclose(end, rest + change, atol=1e-5)
