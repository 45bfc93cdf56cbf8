import numpy as np
import pytest

from smile.rendering.motion.moments import find_apex, find_moments, find_onset, share_kept
from smile.stand_ins.synthetic import make_synthetic
from tests.smile.rendering.motion import moment_errors


def bump_film(heights, noise=0.0):
    """Depth and mask [T, 32, 32] of a sheet with a bump of these heights."""
    x, y = np.meshgrid(*[np.linspace(-1, 1, 32)] * 2)
    bump = np.exp(-(x**2 + y**2) * 8)
    rng = np.random.default_rng(1)
    depth = np.stack([20 + h * bump + noise * rng.standard_normal(bump.shape) for h in heights])
    return depth.astype(np.float32), np.ones(depth.shape, dtype=bool)


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


def test_an_apex_between_two_neutral_ends_is_found_in_spite_of_a_drift():
    rise = np.array([0, 0, 1.5, 3, 3, 3, 1.5, 0, 0, 0, 0, 0])
    depth, mask = bump_film(rise)
    # Something that has nothing to do with it goes on changing, and has changed more at the end.
    depth[:, :, :8] += np.linspace(0, 3, 12)[:, None, None].astype(np.float32)
    change = np.abs(depth - depth[0]).mean(axis=(1, 2))
    assert change.argmax() > 5
    assert find_apex(depth, mask) in (3, 4, 5)


@pytest.mark.parametrize("heights", [[0, 1, 2, 3, 4, 5, 6], [0, 0, 2, 4, 5, 5, 5.2, 5.1, 5]])
def test_a_clip_that_ends_at_its_apex_has_it_there(heights):
    depth, mask = bump_film(heights, noise=0.1)
    assert heights[find_apex(depth, mask)] >= 0.9 * max(heights)


@pytest.mark.parametrize(
    ("heights", "told", "kept"),
    [
        ([0, 0, 2, 4, 4, 4, 2, 0, 0, 0], (None, None), 0),
        ([0, 0, 2, 4, 4, 4, 4, 4, 4, 4], (None, None), 1),
        ([0, 0, 2, 6, 6, 6, 4, 3, 3, 3], (None, 4), 0.5),
        ([5, 5, 1, 1, 1, 5, 5, 5, 3, 3], (2, 6), 0.5),
        ([3], (None, None), 1),
        ([2, 2, 2], (None, None), 1),
    ],
)
def test_what_a_face_keeps_after_its_apex(heights, told, kept):
    assert share_kept(*bump_film(heights), *told) == pytest.approx(kept, abs=0.01)


def test_the_onset_is_the_last_frame_before_the_change():
    depth, mask = bump_film([0, 0, 0, 0, 1, 3, 5, 5, 3, 1, 0, 0], noise=0.1)
    apex = find_apex(depth, mask)
    assert find_onset(depth[: apex + 1], mask[: apex + 1]) == 3
    assert find_moments(depth, mask) == (3, apex)


@pytest.mark.parametrize("heights", [[0], [0, 2], [0, 4, 5], [0, 1, 5], [1, 1, 1]])
def test_a_clip_that_starts_at_once_has_its_onset_there(heights):
    depth, mask = bump_film(heights)
    assert find_onset(depth, mask) == 0


def test_what_annotators_saw_is_taken_as_it_is():
    depth, mask = bump_film([0, 1, 2, 5, 2, 0, 0, 3, 7, 3, 0])
    assert find_moments(depth, mask, onset=1, apex=2) == (1, 2)
    assert find_moments(depth, mask, apex=3) == (0, 3)
    # The apex is looked for after the onset.
    assert find_moments(depth, mask, onset=6) == (6, 8)


def test_the_apex_of_made_performances_is_hit():
    made = make_synthetic(1, moment_errors.FRAMES, moment_errors.SEED)
    apex, onset, _ = moment_errors.errors(made.clips).T
    assert np.mean(apex > 0.9) >= 5 / 6 and np.mean(onset < 0.1) >= 5 / 6
