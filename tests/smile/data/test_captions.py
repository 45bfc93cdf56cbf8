"""Sentences say what moved against the average clip, and only that."""

import numpy as np
import pytest

from smile.data.captions import PHRASES, fit_captioner, label_prompts
from smile.data.landmarks import SCHEMES, measure_motion
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


def test_every_measure_has_its_words():
    assert set(PHRASES) == set(measure_motion(clips(1), "bu83"))


def test_raised_brows_are_said_to_be_raised():
    landmarks = clips(40)
    captioner = fit_captioner(landmarks, "bu83")
    landmarks[0, 1] = landmarks[0, 0] + (landmarks[1:, 1] - landmarks[1:, 0]).mean(axis=0)
    for brow in ("brow_a", "brow_b"):
        landmarks[0, 1, SCHEMES["bu83"][brow], 1] += 8
    sentence = captioner.describe(landmarks[:1], "bu83")[0]
    assert "strongly inner brows raised" in sentence
    assert "strongly outer brows raised" in sentence
    assert "strongly mouth" not in sentence


def test_a_change_of_scale_of_all_motion_changes_no_sentence():
    landmarks = clips(30, motion=0.01)
    twice = landmarks.copy()
    twice[:, 1] = twice[:, 0] + 2 * (landmarks[:, 1] - landmarks[:, 0])
    said = [fit_captioner(x, "bu83").describe(x, "bu83") for x in (landmarks, twice)]
    assert said[0] == said[1]


def test_a_clip_without_landmarks_is_silent_and_spoils_no_other():
    landmarks = clips(20)
    holed = np.concatenate([landmarks, np.full((1, 2, 83, 3), np.nan, np.float32)])
    assert fit_captioner(holed, "bu83").describe(holed, "bu83") == [
        *fit_captioner(landmarks, "bu83").describe(landmarks, "bu83"),
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


def test_label_prompts_name_the_class():
    assert label_prompts(["happiness", "pain"]) == ["a happy face", "a face that shows pain"]
