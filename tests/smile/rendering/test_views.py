"""Views of several data sets joined: nobody's name, label or landmark is mixed up."""

import numpy as np
import pytest

from smile.data.face import Skipped
from smile.rendering.views import Views, join, of_data_set


def views(key, count, landmarks=4, scheme="bu83", **changes):
    rng = np.random.default_rng(count)
    values = {
        "data_set": key,
        "title": key.upper(),
        "stand_in": "",
        "images": rng.integers(256, size=(count, 1, 1, 2, 2), dtype=np.uint8),
        "landmarks": rng.normal(size=(count, 2, landmarks, 3)).astype(np.float32) if landmarks else None,
        "landmark_scheme": scheme if landmarks else None,
        "clip_ids": tuple(f"F{n:03d}/x" for n in range(count)),
        "subjects": tuple(f"F{n:03d}" for n in range(count)),
        "expressions": tuple(f"{key}{n}" for n in range(count)),
    }
    return Views(**{**values, **changes})


def test_clips_follow_each_other_and_subjects_carry_their_data_set():
    first, second = views("a", 3, stand_in="ICT"), views("b", 2, skipped=(Skipped("F009/x", "torn"),))
    both = join([first, second])
    assert (len(both), both.data_set, both.title, both.stand_in) == (5, "b", "A to B", "ICT")
    assert both.subjects == ("a:F000", "a:F001", "a:F002", "b:F000", "b:F001")
    assert [of_data_set(name) for name in both.clip_ids] == ["a", "a", "a", "b", "b"]
    assert both.expressions == ("a0", "a1", "a2", "b0", "b1")
    assert both.skipped == (Skipped("b:F009/x", "torn"),)
    np.testing.assert_array_equal(both.images, np.concatenate([first.images, second.images]))
    np.testing.assert_array_equal(both.landmarks, np.concatenate([first.landmarks, second.landmarks]))


@pytest.mark.parametrize("other", [{"landmarks": 0}, {"scheme": "bosphorus", "landmarks": 7}])
def test_landmarks_of_another_scheme_are_left_out(other):
    both = join([views("a", 3), views("b", 2, **other)])
    assert both.landmark_scheme == "bu83"
    assert np.isfinite(both.landmarks[:3]).all()
    assert np.isnan(both.landmarks[3:]).all()


def test_labels_and_attributes_of_one_part_leave_those_of_the_other_empty():
    both = join([views("a", 1, labels=(("x", "y"),)), views("b", 1, attributes=({"sex": "F"},))])
    assert both.labels == (("x", "y"), ())
    assert both.attributes == ({}, {"sex": "F"})
    assert join([views("a", 1, landmarks=0), views("b", 1, landmarks=0)]).landmarks is None
