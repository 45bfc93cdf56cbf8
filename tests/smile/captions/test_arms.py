"""Arms of captions: what each says, what each may see."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from smile.captions.arms import ARMS, LABEL, write_captions
from smile.captions.axes import Said
from smile.captions.geometry import NoLandmarks
from smile.captions.phrases import PHRASES, say
from smile.captions.prompts import WORDINGS, name_prompt
from smile.captions.prototypes import expect_score
from smile.config import Captions
from smile.data.face import EXPRESSIONS
from smile.data.landmarks import MEASURES, SCHEMES, measure_motion
from smile.rendering.views import Views
from tests.rows import facts


def make_views(count: int = 36) -> Views:
    """Clips whose landmarks and pictures move by their class's prototype."""
    rng = np.random.default_rng(0)
    rest = rng.normal(size=(83, 3)) * 4
    for side, x in (("a", 30), ("b", -30)):
        for part in ("eye", "brow"):
            rest[SCHEMES["bu83"][f"{part}_{side}"], 0] += x
    slopes = _slopes(rest)
    classes = np.arange(count) % 6
    moves = np.stack([slopes @ expect_score(WORDINGS[EXPRESSIONS[k]].looks) for k in classes]).reshape(count, 83, 3)
    apex = rest + moves + 0.05 * rng.normal(size=moves.shape)
    pattern = rng.normal(size=(6, 2, 3, 8, 8))[classes]
    return Views(
        data_set="synthetic",
        title="Synthetic faces",
        stand_in="synthetic",
        images=np.clip(128 + 40 * pattern + rng.normal(size=pattern.shape), 0, 255).astype(np.uint8),
        landmarks=np.stack([np.broadcast_to(rest, apex.shape), apex], axis=1).astype(np.float32),
        landmark_scheme="bu83",
        clips=facts([str(n) for n in range(count)], ["F001"] * count, [EXPRESSIONS[k] for k in classes]),
        planes=("normals",) * 3,
    )


def _slopes(rest: np.ndarray) -> np.ndarray:
    """[L * 3, M] landmark motion that changes each measure by one, to first order, and no other."""
    step = 1e-3
    flat = rest.reshape(-1)
    clips = np.stack([np.stack([rest, (flat + step * row).reshape(83, 3)]) for row in np.eye(len(flat))])
    motion = measure_motion(clips, "bu83")
    return np.linalg.pinv(np.stack([motion[name] for name in MEASURES]) / step)


@pytest.mark.parametrize("pseudo", ["motion", "pictures"])
def test_guesses_are_prompts_of_classes_and_mostly_right_where_faces_act_the_prototypes(pseudo: str) -> None:
    views = make_views()
    said = write_captions(Captions("pseudo", pseudo, 6), views).sentences
    truth = [name_prompt(name) for (name,) in views.labels]
    assert said is not None
    assert np.mean([one == other for one, other in zip(said, truth, strict=True)]) > 0.8


def test_a_face_that_cannot_be_guessed_has_no_sentence_and_the_others_have_theirs() -> None:
    views = make_views()
    assert views.landmarks is not None
    views.landmarks[0] = np.nan
    said = write_captions(Captions("pseudo", "motion", 6), views).sentences
    assert said is not None and said[0] == "" and set(said[1:]) <= {name_prompt(name) for name in EXPRESSIONS}


def test_measures_that_a_scheme_lacks_do_not_keep_faces_from_being_guessed() -> None:
    landmarks = np.random.default_rng(0).normal(0, 20, (12, 2, 22, 3)).astype(np.float32)
    views = dataclasses.replace(make_views(12), landmarks=landmarks, landmark_scheme="bosphorus")
    assert all(write_captions(Captions("pseudo", "motion", 6), views).sentences or [""])


def test_another_seed_may_group_faces_in_another_way() -> None:
    views = make_views()
    assert views.landmarks is not None
    views.landmarks[:, 1] += np.random.default_rng(0).normal(0, 20, views.landmarks[:, 1].shape)
    for pseudo in ("motion", "pictures"):
        settings = Captions("pseudo", pseudo, 6)
        assert write_captions(settings, views, 1) == write_captions(settings, views, 1)
    assert len({write_captions(Captions("pseudo", "motion", 6), views, seed).sentences for seed in range(4)}) > 1


@pytest.mark.parametrize("arm", ARMS)
def test_only_the_arm_label_changes_with_the_labels(arm: str) -> None:
    views = make_views()
    turned = dataclasses.replace(views, clips=facts(["x"] * len(views), views.subjects, views.labels[::-1]))
    assert write_captions(Captions(arm), views) == write_captions(Captions(arm), turned)
    assert write_captions(Captions(LABEL), views) != write_captions(Captions(LABEL), turned)


def test_the_arm_label_says_the_class_s_prompt_and_none_says_nothing() -> None:
    views = make_views(6)
    said = write_captions(Captions(LABEL), views)
    assert said == Said(tuple(name_prompt(name) for (name,) in views.labels))
    assert write_captions(Captions("none"), views) == Said()


def test_the_arm_geometry_hands_over_the_numbers_that_its_sentences_are_made_of() -> None:
    views = make_views()
    assert views.landmarks is not None
    views.landmarks[3] = np.nan
    said = write_captions(Captions("geometry"), views)
    assert said.axes is not None and said.axes.phrases == tuple(PHRASES[name] for name in MEASURES)
    assert said.axes.ends == [low for low, _ in PHRASES.values()] + [high for _, high in PHRASES.values()]
    assert said.sentences == tuple(map(say, said.axes.scores)) and said.sentences[3] == ""
    assert np.isnan(said.axes.scores[3]).all() and np.isfinite(np.delete(said.axes.scores, 3, axis=0)).all()
    np.testing.assert_allclose(np.nanmean(said.axes.scores, axis=0), 0, atol=1e-6)


def test_axes_are_equal_where_every_score_and_phrase_is() -> None:
    axes = write_captions(Captions("geometry"), make_views(6)).axes
    assert axes is not None
    moved = axes.scores.copy()
    moved[2, 3] += 1e-9
    missing = axes.scores.copy()
    missing[2, 3] = np.nan
    others = [dataclasses.replace(axes, scores=scores) for scores in (moved, missing)]
    others.append(dataclasses.replace(axes, phrases=axes.phrases[::-1]))
    assert len({axes, *others}) == 4
    assert dataclasses.replace(others[1], scores=missing.copy()) == others[1] != axes


@pytest.mark.parametrize("settings", [Captions("geometry"), Captions("pseudo"), Captions("pseudo", "pictures")])
def test_arms_that_need_landmarks_say_so(settings: Captions) -> None:
    with pytest.raises(NoLandmarks, match=r"captions\.arm=none"):
        write_captions(settings, dataclasses.replace(make_views(6), landmarks=None, landmark_scheme=None))


def test_a_pretrained_model_s_folder_guesses_without_landmarks(two_tower_folder: Path) -> None:
    views = dataclasses.replace(make_views(6), landmarks=None, landmark_scheme=None)
    said = write_captions(Captions("pseudo", str(two_tower_folder)), views).sentences
    assert said is not None and set(said) <= {name_prompt(name) for name in EXPRESSIONS}
