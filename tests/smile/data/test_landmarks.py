"""Measures follow what the landmarks do, whichever side comes first and wherever a contour starts."""

import re

import numpy as np
import pytest

from smile.data.formats.lm import NAMES
from smile.data.landmarks import SCHEMES, measure_motion, middle_of_nose
from smile.errors import UserError


def ellipse(count, centre, radii, start=0.0):
    angle = start + np.linspace(0, 2 * np.pi, count, endpoint=False)
    x, y = centre[0] + radii[0] * np.cos(angle), centre[1] + radii[1] * np.sin(angle)
    return np.stack([x, y, np.full(count, 20.0)], axis=1)


def plain_face(lid=5.0, mouth=1.0, corner=0.0, brow=0.0, start=0.0):
    """83 landmarks of a face of ellipses; the arguments move one thing each, in mm."""
    lips = ellipse(12, (0, -40), (25, 8 + mouth / 2), start)
    lips[:, 1] += corner * (np.abs(lips[:, 0]) / 25) ** 4
    parts = [
        ellipse(8, (32, 0), (14, lid), start),
        ellipse(8, (-32, 0), (14, lid), start),
        ellipse(10, (32, 22 + brow), (18, 3), start),
        ellipse(10, (-32, 22 + brow), (18, 3), start),
        ellipse(12, (0, -15), (16, 14), start),
        lips,
        ellipse(8, (0, -40), (18, mouth / 2), start),
        ellipse(15, (0, -10), (65, 80), start),
    ]
    return np.concatenate(parts).astype(np.float32)


def motion(**apex):
    return {k: v[0] for k, v in measure_motion(np.stack([plain_face(), plain_face(**apex)])[None], "bu83").items()}


@pytest.mark.parametrize(
    ("change", "measure", "sign"),
    [
        ({"lid": 8.0}, "eye opening", 1),
        ({"lid": 2.0}, "eye opening", -1),
        ({"mouth": 20.0}, "mouth opening", 1),
        ({"corner": 6.0}, "lip corner height", 1),
        ({"corner": -6.0}, "lip corner height", -1),
        ({"brow": 5.0}, "inner brow height", 1),
        ({"brow": -5.0}, "outer brow height", -1),
    ],
)
def test_a_movement_shows_in_its_measure_with_its_sign(change, measure, sign):
    assert np.sign(motion(**change)[measure]) == sign
    assert abs(motion(**change)[measure]) > 2


def test_a_still_face_measures_zero_everywhere():
    assert max(abs(v) for v in motion().values()) == 0


def test_brow_height_is_in_millimetres():
    assert motion(brow=5.0)["inner brow height"] == pytest.approx(5.0, abs=1e-4)
    assert motion(brow=5.0)["eye opening"] == pytest.approx(0.0, abs=1e-4)


def test_it_does_not_matter_which_side_comes_first():
    pair = np.stack([plain_face(), plain_face(lid=8, corner=3, mouth=9)])[None]
    swapped = pair.copy()
    for a, b in (("eye_a", "eye_b"), ("brow_a", "brow_b")):
        swapped[:, :, SCHEMES["bu83"][a]], swapped[:, :, SCHEMES["bu83"][b]] = (
            pair[:, :, SCHEMES["bu83"][b]],
            pair[:, :, SCHEMES["bu83"][a]],
        )
    before, after = measure_motion(pair, "bu83"), measure_motion(swapped, "bu83")
    assert all(before[name] == pytest.approx(after[name], abs=1e-5) for name in before)


def test_clips_without_landmarks_measure_nan():
    measured = measure_motion(np.full((1, 2, 83, 3), np.nan, np.float32), "bu83")
    assert all(np.isnan(value).all() for value in measured.values())


@pytest.mark.parametrize(("scheme", "count"), [("bu83", 83), ("bosphorus", len(NAMES))])
def test_a_scheme_names_every_landmark_once(scheme, count):
    numbers = sorted(i for where in SCHEMES[scheme].values() for i in range(count)[where])
    assert numbers == list(range(count))
    assert list(SCHEMES[scheme]) and set(SCHEMES[scheme]) == set(SCHEMES["bu83"])


def test_contours_of_the_named_landmarks_hold_what_they_are_called():
    words = {"brow": "eyebrow", "eye": "eye corner", "nose": "nose", "lip": "lip|mouth", "outline": "Chin"}
    for contour, where in SCHEMES["bosphorus"].items():
        pattern = next(word for part, word in words.items() if part in contour)
        assert all(re.search(pattern, name, re.IGNORECASE) for name in NAMES[where]), contour


def named_face(brow=0.0, corner=0.0, mouth=1.0, jaw=0.0):
    """The 22 landmarks of Bosphorus, in the order of lm.NAMES; the arguments move one thing each, in mm."""
    points = [(46, 22 + brow), (31, 26 + brow), (11, 24 + brow), (-11, 24 + brow), (-31, 26 + brow), (-46, 22 + brow)]
    points += [(44, 0), (18, 0), (-18, 0), (-44, 0), (9, 2), (-9, 2), (14, -40), (0, -32), (-14, -40)]
    points += [(24, -70 + corner), (0, -62 + mouth / 2), (-24, -70 + corner), (0, -78 - mouth / 2)]
    points += [(0, -69 + mouth / 2), (0, -69 - mouth / 2), (0, -115 + jaw)]
    return np.array([(x, y, 20.0) for x, y in points], np.float32)


def named_motion(**apex):
    return {k: v[0] for k, v in measure_motion(np.stack([named_face(), named_face(**apex)])[None], "bosphorus").items()}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"brow": 3.0}, {"inner brow height": 3, "outer brow height": 3}),
        ({"corner": -4.0}, {"lip corner height": -4}),
        ({"mouth": 11.0}, {"mouth opening": 10, "upper lip height": 5}),
        ({"jaw": -8.0}, {"chin height": -8}),
    ],
)
def test_named_landmarks_measure_what_moves_and_nothing_else(change, expected):
    for name, value in named_motion(**change).items():
        if name != "eye opening":
            assert value == pytest.approx(expected.get(name, 0), abs=1e-4), name


def test_a_scheme_without_lids_cannot_measure_an_eye_and_does_not_pretend_to():
    unknown = {name for name, value in named_motion(brow=3.0).items() if np.isnan(value)}
    assert unknown == {"eye opening"}


@pytest.mark.parametrize(
    ("number", "lost"),
    [
        (0, {"inner brow height", "outer brow height", "brow distance"}),
        (10, {"nose wing height"}),
        (17, {"upper lip height", "mouth width", "lip corner height", "lip corner depth", "lip thickness"}),
        (21, {"chin height"}),
    ],
)
def test_a_missing_landmark_takes_the_measures_of_its_contour_and_no_other(number, lost):
    pair = np.stack([named_face(), named_face(brow=3, corner=2)])[None]
    pair[0, 0, number] = np.nan
    measured = measure_motion(pair, "bosphorus")
    assert {name for name, value in measured.items() if np.isnan(value[0])} == lost | {"eye opening"}


def test_the_middle_of_the_nose_is_the_same_place_in_both_schemes():
    face = plain_face()[36:48].astype(np.float64)
    np.testing.assert_allclose(middle_of_nose(face, "bu83"), face.mean(axis=0))
    nose, shift = np.random.default_rng(0).normal(size=(5, 3)), np.array([1, 2, 3])
    moved = middle_of_nose(nose + shift, "bosphorus")
    np.testing.assert_allclose(moved, middle_of_nose(nose, "bosphorus") + shift)


def test_an_unknown_scheme_is_named():
    with pytest.raises(UserError, match="bu38"):
        measure_motion(np.zeros((1, 2, 83, 3), np.float32), "bu38")
