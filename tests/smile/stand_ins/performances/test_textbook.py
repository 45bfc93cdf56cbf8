"""The textbook acts as it always did: reproducible, varied as stated, and neutral at both ends."""

import hashlib
import itertools
from dataclasses import replace

import numpy as np
import pytest

from smile.data import facs
from smile.errors import UserError
from smile.stand_ins import blendshapes
from smile.stand_ins.export.fourdme import FOURDME_PROGRAM
from smile.stand_ins.performance import MICRO, SIX, Difficulty
from smile.stand_ins.performances.textbook import perform

CALM = Difficulty(blinks=0, gaze=0, speech=0, turn=0, shift=0)
UPPER = {shape: i for i, shape in enumerate(blendshapes.SHAPES)}


def test_same_seed_same_performance_and_other_seeds_others() -> None:
    first, again = perform(3, "F001", ("fear",), 20), perform(3, "F001", ("fear",), 20)
    for name in ("weights", "rotations", "translations"):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
    for other in (
        perform(4, "F001", ("fear",), 20),
        perform(3, "M001", ("fear",), 20),
        perform(3, "F001", ("anger",), 20),
    ):
        assert not np.array_equal(first.weights, other.weights)


@pytest.mark.parametrize("labels", SIX)
def test_a_performance_starts_and_ends_neutral_with_an_apex_between(labels: tuple[str, ...]) -> None:
    for seed in range(20):
        total = perform(seed, "F001", labels, 100, CALM).weights.sum(axis=1)
        assert total[:5].max() == 0
        assert total[-1] < 1e-6
        assert 12 <= total.argmax() < 80
        assert total.max() > 0.1


def test_the_bytes_are_those_of_the_first_release() -> None:
    new = ("cheekPuff_L", "cheekPuff_R", "mouthDimple_L", "mouthDimple_R", "mouthFunnel")
    old = [column for column, shape in enumerate(blendshapes.SHAPES) if shape not in new]
    digest = hashlib.sha256()
    acts = (*SIX, ("pain",), ("embarrassment",), ("Surprise", "Positive"))
    for seed, labels, difficulty in itertools.product(range(3), acts, (None, MICRO)):
        acted = perform(seed, "F001", labels, 20, difficulty)
        for held in (acted.strengths, np.ascontiguousarray(acted.weights[:, old]), acted.translations):
            digest.update(held.tobytes())
        digest.update(repr(tuple(map(int, acted.units))).encode())
        assert not np.delete(acted.weights, old, axis=1).any()
    assert digest.hexdigest() == "4bc4bb8b2140201700fe538d1b582e8a714eb3cd73eb5f22325d909b9f1775fe"


def test_every_frame_count_samples_the_same_performance() -> None:
    fine, coarse = perform(1, "F001", ("happiness",), 100), perform(1, "F001", ("happiness",), 20)
    np.testing.assert_array_equal(fine.weights[::5], coarse.weights)
    np.testing.assert_array_equal(fine.rotations[::5], coarse.rotations)


def test_the_level_scales_every_weight() -> None:
    weak = perform(5, "F001", ("sadness",), 40, replace(CALM, levels=(0.35,), expressiveness=(0.6, 0.8)))
    strong = perform(5, "F001", ("sadness",), 40, replace(CALM, levels=(0.7,), expressiveness=(0.6, 0.8)))
    assert (weak.level, strong.level) == (0.35, 0.7)
    assert strong.weights.max() < 1
    np.testing.assert_allclose(strong.weights, 2 * weak.weights, rtol=1e-5, atol=1e-7)


def test_levels_are_mixed_over_clips() -> None:
    drawn = {perform(0, f"F{i:03d}", ("anger",), 2).level for i in range(40)}
    assert drawn == set(Difficulty().levels)


def test_optional_units_join_half_of_the_time_and_core_units_rarely_stay_away() -> None:
    strong = replace(CALM, levels=(1.0,))
    clips = [perform(seed, "F001", ("surprise",), 40, strong).weights.max(axis=0) for seed in range(300)]
    apex = np.array(clips)
    joined = (apex[:, UPPER["mouthLowerDown_L"]] > 0).mean()  # AU25 alone moves it: optional
    stayed = (apex[:, UPPER["eyeWide_L"]] == 0).mean()  # AU5 alone moves it: core
    assert 0.4 < joined < 0.6
    assert 0.05 < stayed < 0.16
    assert (apex.max(axis=1) > 0).all()


def test_sides_differ_by_no_more_than_the_asymmetry() -> None:
    ratios = []
    for seed in range(100):
        apex = perform(seed, "F001", ("happiness",), 100, replace(CALM, dropout=0)).weights.max(axis=0)
        pair = sorted((apex[UPPER["mouthSmile_L"]], apex[UPPER["mouthSmile_R"]]))
        ratios.append(pair[0] / pair[1])
    assert min(ratios) >= 1 - CALM.asymmetry - 1e-6
    assert min(ratios) < 0.82
    assert np.median(ratios) < 0.95


def test_distractors_move_without_any_expression() -> None:
    mute = Difficulty(levels=(0.0,))
    still = perform(2, "F001", ("anger",), 100, replace(mute, blinks=0, gaze=0, speech=0))
    assert not still.weights.any()
    for seed in range(10):
        moved = perform(seed, "F001", ("anger",), 100, mute).weights
        assert moved.any()
        assert moved.min() >= 0 and moved.max() <= 1


def test_the_head_turns_and_shifts_within_its_limits() -> None:
    acted = [perform(seed, "F001", ("anger",), 50) for seed in range(30)]
    rotations = np.stack([a.rotations for a in acted]).astype(np.float64)
    np.testing.assert_allclose(
        rotations @ rotations.swapaxes(-1, -2), np.broadcast_to(np.eye(3), rotations.shape), atol=1e-5
    )
    np.testing.assert_allclose(np.linalg.det(rotations), 1, atol=1e-5)
    yaw = np.degrees(np.arctan2(rotations[..., 0, 2], rotations[..., 2, 2]))
    assert np.abs(yaw).max() <= 10.01
    assert np.abs(yaw).max() > 8
    assert np.abs(np.stack([a.translations for a in acted])).max() <= 8


def test_a_misspelt_expression_names_the_closest() -> None:
    with pytest.raises(UserError, match="did you mean 'happiness'"):
        perform(0, "F001", ("hapiness",), 20)


def test_one_frame_is_refused() -> None:
    with pytest.raises(UserError, match="2 or more"):
        perform(0, "F001", ("anger",), 1)


@pytest.mark.parametrize("labels", [*((name,) for name in facs.EMOTIONS), ("Positive",), ("Surprise", "Positive")])
def test_the_shapes_follow_from_the_action_units_that_are_told(labels: tuple[str, ...]) -> None:
    for seed in range(10):
        acted = perform(seed, "F001", labels, 50, replace(CALM, asymmetry=0, lag=0))
        weights = blendshapes.shape_weights(
            dict(zip(map(int, acted.units), acted.strengths.T.astype(np.float64), strict=True))
        )
        told = np.stack([np.clip(weights.get(shape, np.zeros(50)), 0, 1) for shape in blendshapes.SHAPES], axis=1)
        np.testing.assert_allclose(acted.weights, told, atol=1e-6)
        assert acted.strengths.max(axis=0).min() > 0


def test_an_embarrassed_head_bows_and_turns_with_the_expression_and_others_do_not() -> None:
    for seed in range(20):
        acted = perform(seed, "F001", ("embarrassment",), 100, replace(CALM, levels=(1.0,)))
        looks = acted.rotations @ np.array([0, 0, 1], np.float32)  # where the nose points
        nod, turn = np.degrees(np.arcsin(-looks[:, 1])), np.degrees(np.arctan2(looks[:, 0], looks[:, 2]))
        assert np.abs(nod[:5]).max() < 0.1 and np.abs(turn[:5]).max() < 0.1
        assert 9.9 < nod.max() < 20.1
        assert 4.9 < np.abs(turn).max() < 15.1
        still = perform(seed, "F001", ("sadness",), 100, CALM).rotations
        np.testing.assert_allclose(still, np.broadcast_to(np.eye(3), still.shape), atol=1e-6)


@pytest.mark.parametrize("labels", FOURDME_PROGRAM.acts)
def test_micro_expressions_are_short_and_weak(labels: tuple[str, ...]) -> None:
    for seed in range(40):
        acted = perform(seed, "F001", labels, 600, MICRO)
        active = np.flatnonzero(acted.strengths.sum(axis=1) > 0.005)
        assert 0.1 <= len(active) / 600 * MICRO.seconds <= 0.5
        assert 0.05 < acted.strengths.max() <= 0.3
