"""Measures follow what the landmarks do, whichever side comes first and wherever a contour starts."""

import numpy as np
import pytest

from smile.data.landmarks import SCHEMES, measure_motion
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


def test_the_scheme_names_every_landmark_once():
    numbers = [i for where in SCHEMES["bu83"].values() for i in range(83)[where]]
    assert numbers == list(range(83))


def test_an_unknown_scheme_is_named():
    with pytest.raises(UserError, match="bu38"):
        measure_motion(np.zeros((1, 2, 83, 3), np.float32), "bu38")
