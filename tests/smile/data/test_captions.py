"""Sentences say what moved against the average clip, and only that."""

import numpy as np
import pytest

from smile.data.captions import find_scans, fit_captioner
from smile.data.landmarks import MEASURES, SCHEMES, measure_motion
from smile.data.phrases import PHRASES
from smile.errors import UserError


def clips(count, seed=0, motion=1.0):
    """Clips whose landmarks move at random by about `motion` mm."""
    rng = np.random.default_rng(seed)
    face = rng.normal(size=(83, 3)) * 5
    for side, x in (("a", 30), ("b", -30)):
        for part in ("eye", "brow"):
            face[SCHEMES["bu83"][f"{part}_{side}"], 0] += x
    return np.stack([np.stack([face, face + motion * rng.normal(size=(83, 3))]) for _ in range(count)]).astype(
        np.float32
    )


def test_a_scan_has_the_same_landmarks_twice_and_a_clip_may_have_a_coordinate_twice():
    landmarks = clips(4)
    landmarks[0, 1] = landmarks[0, 0]
    landmarks[1, 1] = landmarks[1, 0]
    landmarks[1, :, 5] = np.nan
    landmarks[2, 1, 7, 1] = landmarks[2, 0, 7, 1]
    landmarks[3] = np.nan
    assert find_scans(landmarks).tolist() == [True, True, False, False]


def test_every_measure_has_its_words():
    assert set(PHRASES) == set(MEASURES)
    for scheme in SCHEMES:
        assert tuple(measure_motion(clips(1), "bu83")) == MEASURES, scheme


def test_raised_brows_are_said_to_be_raised():
    landmarks = clips(40)
    captioner = fit_captioner(landmarks, "bu83")
    landmarks[0, 1] = landmarks[0, 0] + (landmarks[1:, 1] - landmarks[1:, 0]).mean(axis=0)
    for brow in ("brow_a", "brow_b"):
        landmarks[0, 1, SCHEMES["bu83"][brow], 1] += 8
    sentence = captioner.describe(landmarks[:1])[0]
    assert "strongly inner brows raised" in sentence
    assert "strongly outer brows raised" in sentence
    assert "strongly mouth" not in sentence


def test_a_change_of_scale_of_all_motion_changes_no_sentence():
    landmarks = clips(30, motion=0.01)
    twice = landmarks.copy()
    twice[:, 1] = twice[:, 0] + 2 * (landmarks[:, 1] - landmarks[:, 0])
    said = [fit_captioner(x, "bu83").describe(x) for x in (landmarks, twice)]
    assert said[0] == said[1]


def test_a_clip_without_landmarks_is_silent_and_spoils_no_other():
    landmarks = clips(20)
    holed = np.concatenate([landmarks, np.full((1, 2, 83, 3), np.nan, np.float32)])
    assert fit_captioner(holed, "bu83").describe(holed) == [
        *fit_captioner(landmarks, "bu83").describe(landmarks),
        "",
    ]


def test_what_a_scheme_cannot_measure_is_not_mentioned_and_the_rest_is():
    landmarks = np.random.default_rng(0).normal(0, 20, (30, 2, 22, 3)).astype(np.float32)
    said = fit_captioner(landmarks, "bosphorus").describe(landmarks, "bosphorus")
    assert all(said) and not any("eyes" in sentence for sentence in said)
    assert any("inner brows" in sentence for sentence in said)
    landmarks[3, 0, 21] = np.nan  # the chin
    sentence = fit_captioner(landmarks, "bosphorus").describe(landmarks, "bosphorus")[3]
    assert sentence and "jaw" not in sentence and "chin" not in sentence


@pytest.mark.parametrize("landmarks", [None, np.full((3, 2, 83, 3), np.nan, np.float32)])
def test_without_any_landmarks_the_error_says_what_to_do(landmarks):
    with pytest.raises(UserError, match=r"captions\.arm=none"):
        fit_captioner(landmarks, "bu83")


def scans(count, seed=0):
    """Single scans: onset and apex are one face, each a person of its own."""
    faces = clips(count, seed)
    return np.stack([faces[:, 1], faces[:, 1]], axis=1)


def test_a_single_scan_is_measured_from_the_average_face():
    landmarks = scans(40)
    for brow in ("brow_a", "brow_b"):
        landmarks[0, :, SCHEMES["bu83"][brow], 1] += 8
    said = fit_captioner(landmarks, "bu83").describe(landmarks)
    assert "strongly inner brows raised" in said[0] and "strongly outer brows raised" in said[0]
    turned = fit_captioner(landmarks[::-1], "bu83").describe(landmarks[::-1])
    assert turned[::-1] == said


def test_the_subject_s_neutral_face_takes_the_person_out_of_a_scan():
    """The same movement on very different people is one sentence only where their faces at rest are known."""
    rest = clips(30, motion=6.0)[:, 1]
    moved = rest + np.random.default_rng(1).normal(size=(30, 83, 3)).astype(np.float32)
    moved[::2] = rest[::2]
    for brow in ("brow_a", "brow_b"):
        moved[::2, SCHEMES["bu83"][brow], 1] += 5
    landmarks = np.stack([moved, moved], axis=1)
    known = fit_captioner(landmarks, "bu83", rest).describe(landmarks, rest)
    assert len(set(known[::2])) == 1 and "inner brows raised" in known[0]
    assert len(set(fit_captioner(landmarks, "bu83").describe(landmarks)[::2])) > 1


def test_clips_and_scans_have_an_average_of_their_own():
    moving, still = clips(20), scans(20, seed=3)
    both = fit_captioner(np.concatenate([moving, still]), "bu83")
    assert both.describe(moving) == fit_captioner(moving, "bu83").describe(moving)
    assert both.describe(moving) != both.describe(still)


def test_what_a_scheme_cannot_measure_is_not_mentioned():
    rng = np.random.default_rng(0)
    landmarks = rng.normal(size=(30, 2, 22, 3)).astype(np.float32) * 5
    motion = measure_motion(landmarks, "bosphorus")
    unknown = [name for name in MEASURES if not np.isfinite(motion[name]).any()]
    assert unknown
    said = " ".join(fit_captioner(landmarks, "bosphorus").describe(landmarks))
    for name in MEASURES:
        assert any(words in said for words in PHRASES[name]) == (name not in unknown), name


def test_a_contour_with_a_hole_is_not_mentioned_and_the_rest_is():
    landmarks = clips(30)
    landmarks[0, 1, SCHEMES["bu83"]["brow_a"]] = np.nan
    said = fit_captioner(landmarks, "bu83").describe(landmarks)
    assert said[0] and "brow" not in said[0]
