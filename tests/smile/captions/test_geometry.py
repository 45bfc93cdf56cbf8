"""Sentences say what moved against the average clip, and only that."""

import numpy as np
import pytest

from smile.captions.geometry import LEAST_SCANS, find_scans, fit_captioner
from smile.captions.phrases import AVERAGE, PHRASES
from smile.data.landmarks import MEASURES, SCHEMES, measure_motion
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


def fit(landmarks, scheme="bu83", subjects=None):
    return fit_captioner(landmarks, scheme, subjects or people(landmarks))


def people(landmarks):
    """Each clip of a person of its own."""
    return tuple(f"F{number:03}" for number in range(len(landmarks)))


def describe(captioner, landmarks, subjects=None):
    return captioner.describe(landmarks, subjects or people(landmarks))


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
    captioner = fit(landmarks)
    landmarks[0, 1] = landmarks[0, 0] + (landmarks[1:, 1] - landmarks[1:, 0]).mean(axis=0)
    for brow in ("brow_a", "brow_b"):
        landmarks[0, 1, SCHEMES["bu83"][brow], 1] += 8
    sentence = describe(captioner, landmarks[:1])[0]
    assert "strongly inner brows raised" in sentence
    assert "strongly outer brows raised" in sentence
    assert "strongly mouth" not in sentence


def test_a_change_of_scale_of_all_motion_changes_no_sentence():
    landmarks = clips(30, motion=0.01)
    twice = landmarks.copy()
    twice[:, 1] = twice[:, 0] + 2 * (landmarks[:, 1] - landmarks[:, 0])
    said = [describe(fit(x), x) for x in (landmarks, twice)]
    assert said[0] == said[1]


def test_a_clip_without_landmarks_is_silent_and_spoils_no_other():
    landmarks = clips(20)
    holed = np.concatenate([landmarks, np.full((1, 2, 83, 3), np.nan, np.float32)])
    assert describe(fit(holed), holed) == [
        *describe(fit(landmarks), landmarks),
        "",
    ]


def test_what_a_scheme_cannot_measure_is_not_mentioned_and_the_rest_is():
    landmarks = np.random.default_rng(0).normal(0, 20, (30, 2, 22, 3)).astype(np.float32)
    said = describe(fit(landmarks, "bosphorus"), landmarks)
    assert all(said) and not any("eyes" in sentence for sentence in said)
    assert any("inner brows" in sentence for sentence in said)
    landmarks[3, 0, 21] = np.nan  # the chin
    sentence = describe(fit(landmarks, "bosphorus"), landmarks)[3]
    assert sentence and "jaw" not in sentence and "chin" not in sentence


@pytest.mark.parametrize(
    ("landmarks", "scheme"), [(None, "bu83"), (np.full((3, 2, 83, 3), np.nan, np.float32), "bu83"), (clips(3), None)]
)
def test_without_any_landmarks_the_error_says_what_to_do(landmarks, scheme):
    with pytest.raises(UserError, match=r"captions\.arm=none"):
        fit_captioner(landmarks, scheme, ())


def scans(count, seed=0):
    """Single scans: onset and apex are one face, each a person of its own."""
    faces = clips(count, seed)
    return np.stack([faces[:, 1], faces[:, 1]], axis=1)


def test_a_single_scan_is_measured_from_the_average_face():
    landmarks = scans(40)
    for brow in ("brow_a", "brow_b"):
        landmarks[0, :, SCHEMES["bu83"][brow], 1] += 8
    said = describe(fit(landmarks), landmarks)
    assert "strongly inner brows raised" in said[0] and "strongly outer brows raised" in said[0]
    turned = describe(fit(landmarks[::-1]), landmarks[::-1])
    assert turned[::-1] == said


def test_a_subject_s_average_face_takes_the_person_out_of_a_scan():
    """Raised brows are told from low ones on people whose brows lie anywhere."""
    rng = np.random.default_rng(1)
    faces = np.repeat(clips(1)[:, 0], 30 * 6, axis=0) + rng.normal(0, 0.1, (180, 83, 3)).astype(np.float32)
    raised = np.arange(180) % 6 == 0
    for brow in ("brow_a", "brow_b"):
        faces[:, SCHEMES["bu83"][brow], 1] += (np.repeat(rng.normal(0, 10, 30), 6) + 5 * raised)[:, None]
    landmarks = np.stack([faces, faces], axis=1)
    owners = tuple(f"F{number:03}" for number in range(30) for _ in range(6))

    def find_raised(sentences):
        return np.array(["inner brows raised" in sentence for sentence in sentences])

    assert (find_raised(fit(landmarks, subjects=owners).describe(landmarks, owners)) == raised).all()
    assert (find_raised(describe(fit(landmarks), landmarks)) == raised).mean() < 0.9


def test_who_has_too_few_scans_is_measured_from_everyone():
    landmarks = scans(40)
    few = ("F001",) * (LEAST_SCANS - 1) + people(landmarks)[LEAST_SCANS - 1 :]
    assert fit(landmarks, subjects=few).describe(landmarks, few) == describe(fit(landmarks), landmarks)
    enough = ("F001",) * LEAST_SCANS + people(landmarks)[LEAST_SCANS:]
    assert fit(landmarks, subjects=enough).describe(landmarks, enough) != describe(fit(landmarks), landmarks)


def test_a_landmark_that_few_scans_of_a_subject_have_is_measured_from_everyone():
    landmarks = scans(40)
    chin = SCHEMES["bu83"]["outline"]
    landmarks[LEAST_SCANS - 1 : 10, :, chin] = np.nan
    owners = ("F001",) * 10 + people(landmarks)[10:]
    score = fit(landmarks, subjects=owners).score(landmarks, owners)
    assert np.isfinite(score[: LEAST_SCANS - 1]).all()
    assert np.isnan(score[LEAST_SCANS - 1 : 10, MEASURES.index("chin height")]).all()
    assert np.isfinite(np.delete(score, MEASURES.index("chin height"), axis=1)).all()


def test_a_subject_s_clips_are_measured_from_their_onset_whoever_has_scans():
    landmarks = np.concatenate([clips(20), scans(20, seed=3)])
    owners = ("F001",) * 40
    assert fit(landmarks, subjects=owners).describe(landmarks, owners)[:20] == describe(fit(landmarks), landmarks)[:20]


def test_clips_and_scans_have_an_average_of_their_own():
    moving, still = clips(20), scans(20, seed=3)
    both = fit(np.concatenate([moving, still]))
    assert describe(both, moving) == describe(fit(moving), moving)
    assert describe(both, moving) != describe(both, still)


def test_what_a_scheme_cannot_measure_is_not_mentioned():
    rng = np.random.default_rng(0)
    landmarks = rng.normal(size=(30, 2, 22, 3)).astype(np.float32) * 5
    motion = measure_motion(landmarks, "bosphorus")
    unknown = [name for name in MEASURES if not np.isfinite(motion[name]).any()]
    assert unknown
    said = " ".join(describe(fit(landmarks, "bosphorus"), landmarks))
    for name in MEASURES:
        assert any(words in said for words in PHRASES[name]) == (name not in unknown), name


def test_a_contour_with_a_hole_is_not_mentioned_and_the_rest_is():
    landmarks = clips(30)
    landmarks[0, 1, SCHEMES["bu83"]["brow_a"]] = np.nan
    said = describe(fit(landmarks), landmarks)
    assert said[0] and "brow" not in said[0]


def test_scores_are_standard_over_the_clips_and_over_the_scans_that_they_were_learnt_from():
    landmarks = np.concatenate([clips(30), scans(20, seed=3)])
    captioner = fit(landmarks)
    score = captioner.score(landmarks, people(landmarks))
    for kind in (score[:30], score[30:]):
        np.testing.assert_allclose(kind.mean(axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(kind.std(axis=0), 1)
    np.testing.assert_allclose(captioner.rest, landmarks[:, 0].mean(axis=0), rtol=1e-5, atol=1e-5)
    # A face that moves twice as far as another is twice as far from rest, in deviations of the measure.
    motion = measure_motion(landmarks[:30], "bu83")["mouth width"]
    np.testing.assert_allclose(score[:30, MEASURES.index("mouth width")], (motion - motion.mean()) / motion.std())


def test_what_never_differs_is_average():
    landmarks = np.repeat(clips(1), 6, axis=0)
    assert describe(fit(landmarks), landmarks) == [AVERAGE] * 6


def test_a_subject_s_average_is_of_its_scans_alone():
    moving, still = clips(20), scans(20, seed=3)
    owners = ("F001",) * 10 + ("F002",) * 10
    alone = fit(still, subjects=owners).score(still, owners)
    both = np.concatenate([moving, still])
    together = fit(both, subjects=owners * 2).score(both, owners * 2)
    np.testing.assert_allclose(together[20:], alone, atol=1e-6)
