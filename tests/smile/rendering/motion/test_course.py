import numpy as np
import pytest

from smile.rendering.motion.course import FEWEST, find_course
from tests.smile.rendering.motion.test_moments import bump_film

#: Rest, rise, hold, fall, rest, smooth as no candidate is.
ACTED = np.sin(np.clip((np.arange(20) - 3) / 11, 0, 1) * np.pi) ** 2
#: The same that stays at its apex.
STAYED = np.sin(np.clip((np.arange(14) - 3) / 4, 0, 1) * np.pi / 2) ** 2


def agree(course, truth):
    return np.corrcoef(course.values, truth)[0, 1]


@pytest.mark.parametrize("height", [2.0, -4.0])
def test_a_planted_course_is_found_in_noise(height):
    course = find_course(*bump_film(height * ACTED, noise=0.3))
    assert agree(course, ACTED) > 0.9 and course.drifts
    assert course.values.min() == 0 and course.values.max() == 1


def test_a_clip_that_ends_at_its_apex_does_not_fall():
    course = find_course(*bump_film(3 * STAYED, noise=0.3))
    assert agree(course, STAYED) > 0.95 and not course.drifts
    assert (np.diff(course.values) >= 0).all() and course.values[-1] == 1


def test_slow_drift_of_the_face_is_not_its_course():
    depth, mask = bump_film(4 * ACTED, noise=0.1)
    slid = depth + (0.02 * np.arange(20, dtype=np.float32))[:, None, None]
    np.testing.assert_allclose(find_course(slid, mask).values, find_course(depth, mask).values, atol=1e-3)


def test_a_local_drift_is_not_taken_for_the_course():
    depth, mask = bump_film(3 * ACTED, noise=0.1)
    depth[:, :, :8] += np.linspace(0, 1, 20)[:, None, None].astype(np.float32)
    assert agree(find_course(depth, mask), ACTED) > 0.9


@pytest.mark.parametrize(("onset", "apex"), [(4, 9), (0, 1), (8, 9), (12, 19), (0, 19), (5, 5), (0, 0), (3, None)])
@pytest.mark.parametrize("heights", [ACTED, 0 * ACTED, np.arange(20) / 19])
def test_annotated_moments_are_kept(onset, apex, heights):
    values = find_course(*bump_film(4 * heights, noise=0.2), onset, apex).values
    assert values.min() >= 0 and values.max() <= 1
    if onset != apex:
        assert (values[: onset + 1] == 0).all()
    if apex is not None and onset != apex:
        np.testing.assert_allclose(values[onset : apex + 1], np.linspace(0, 1, apex - onset + 1), atol=1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_a_face_is_at_rest_up_to_any_onset_and_full_at_any_apex(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 40))
    onset, apex = sorted(rng.choice(count, 2, replace=False).tolist())
    depth = rng.normal(size=(count, 4, 4)).cumsum(axis=0).astype(np.float32)
    mask = rng.random(depth.shape) < 0.9
    values = find_course(depth, mask, onset, apex).values
    assert values[: onset + 1].max() < 1e-9 and values[apex] == pytest.approx(1, abs=1e-9)
    if count >= FEWEST:
        assert find_course(depth, mask, onset, None).values[: onset + 1].max() < 1e-9
        assert find_course(depth, mask, None, apex).values[apex] == pytest.approx(1, abs=1e-9)


def test_an_annotated_apex_leads_where_two_things_move():
    first, second = (np.clip(1 - np.abs(np.arange(24) - when) / 3, 0, 1) for when in (6, 17))
    depth, mask = bump_film(3 * first + 5 * second, noise=0.1)
    assert agree(find_course(depth, mask, 14, 17), second) > 0.9
    assert agree(find_course(depth, mask, None, 6), first) > 0.7


@pytest.mark.parametrize(
    ("heights", "wanted"),
    [
        ([3], [0]),
        ([0, 3], [0, 1]),
        ([0, 3, 0], [0, 1, 0]),
        ([0, 2, 4], [0, 0.5, 1]),
        ([0, 2, 4, 0], [0, 0.5, 1, 0]),
        ([0, 4, 2, 0], [0, 1, 0.5, 0]),
    ],
)
def test_few_frames_are_on_the_line_from_onset_to_apex_and_back(heights, wanted):
    course = find_course(*bump_film(heights))
    assert len(heights) < FEWEST and not course.drifts
    np.testing.assert_allclose(course.values, wanted, atol=1e-9)


def test_few_frames_keep_annotated_moments():
    np.testing.assert_allclose(find_course(*bump_film([0, 0, 4]), 1, 2).values, [0, 0, 1], atol=1e-9)


def test_what_few_frames_show_of_a_place_does_not_count():
    depth, mask = bump_film(3 * ACTED, noise=0.1)
    depth[8:, :6], mask[:12, :6] = 500.0, False
    depth[::3, 20:, 20:], mask[::3, 20:, 20:] = -500.0, False
    assert agree(find_course(depth, mask), ACTED) > 0.9
    assert np.isfinite(find_course(depth, mask & False).values).all()


def test_the_same_film_has_the_same_course():
    film = bump_film(3 * ACTED, noise=0.3)
    np.testing.assert_array_equal(find_course(*film).values, find_course(*film).values)
