"""Scripts are acted on the right side, with the head, at their own pace, and the same in every sampling and thread."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from smile.errors import UserError
from smile.stand_ins.blendshapes import SHAPES
from smile.stand_ins.performance import Act, Difficulty, Performance
from smile.stand_ins.performances.acting import act_out
from smile.stand_ins.performances.script import Script, both
from smile.stand_ins.performances.timing import MACRO_TIMING

CALM = Difficulty(blinks=0, gaze=0, speech=0, turn=0, shift=0, asymmetry=0, lag=0)
ACT = Act(("fear",))


def act(script: Script, difficulty: Difficulty = CALM, frames: int = 40, seed: int = 0) -> Performance:
    return act_out(seed, "F001", ACT, frames, difficulty, script, "a test")


def shape(acted: Performance, name: str) -> np.ndarray:
    return acted.weights[:, SHAPES.index(name)]


def test_left_and_right_are_mirrored() -> None:
    left, right = (act(Script({12: sides, 26: both(0.5)}, MACRO_TIMING)) for sides in ((0.8, 0.0), (0.0, 0.8)))
    assert (left.units, right.units) == (("L12", "26"), ("R12", "26"))
    np.testing.assert_array_equal(shape(left, "mouthSmile_L"), shape(right, "mouthSmile_R"))
    assert shape(left, "mouthSmile_L").max() > 0.3
    assert not shape(left, "mouthSmile_R").any() and not shape(right, "mouthSmile_L").any()
    np.testing.assert_array_equal(shape(left, "jawOpen"), shape(right, "jawOpen"))


@pytest.mark.parametrize(
    ("unit", "point", "axis", "sign"),
    [
        (51, (0, 0, 1), 0, 1),  # the nose turns to the subject's left, which is +x
        (52, (0, 0, 1), 0, -1),
        (53, (0, 0, 1), 1, 1),
        (54, (0, 0, 1), 1, -1),
        (55, (0, 1, 0), 0, 1),  # the top of the head goes to the subject's left
        (56, (0, 1, 0), 0, -1),
    ],
)
def test_head_units_turn_the_head_where_facs_says(unit: int, point: tuple[int, ...], axis: int, sign: int) -> None:
    acted = act(Script({unit: both(1.0)}, MACRO_TIMING))
    moved = (acted.rotations[acted.apex] @ np.array(point, np.float32))[axis]
    assert sign * moved > 0.15
    assert not acted.weights.any() and acted.units == (str(unit),)


def test_the_head_comes_forward_and_goes_back() -> None:
    for unit, sign in ((57, 1), (58, -1)):
        acted = act(Script({unit: both(1.0)}, MACRO_TIMING))
        assert 10 < sign * acted.translations[acted.apex, 2] <= 25
        assert not acted.translations[:, :2].any()


def test_a_unit_without_a_shape_is_told_and_moves_nothing() -> None:
    acted = act(Script({38: both(1.0)}, MACRO_TIMING))
    assert acted.units == ("38",) and acted.strengths.max() > 0.3
    assert not acted.weights.any()


def test_clips_begin_and_end_anywhere_and_the_apex_is_at_no_fixed_frame() -> None:
    acted = [act(Script({4: both(0.8)}, MACRO_TIMING), seed=seed) for seed in range(300)]
    begun = np.mean([clip.strengths[0, 0] > 0 for clip in acted])
    unfinished = np.mean([clip.strengths[-1, 0] > 0.02 for clip in acted])
    apexes = [clip.apex for clip in acted]
    assert 0.22 < begun < 0.38 and unfinished > 0.22
    assert np.percentile(apexes, 10) < 9 and np.percentile(apexes, 90) > 20
    assert all(clip.strengths[clip.apex, 0] > 0.95 * clip.strengths.max() for clip in acted)
    assert np.percentile([clip.seconds for clip in acted], 90) > 4 * np.percentile([clip.seconds for clip in acted], 10)


def test_for_single_scans_a_clip_goes_from_rest_to_the_apex() -> None:
    for seed in range(40):
        acted = act(Script({4: both(0.8)}, MACRO_TIMING, {7: both(0.3)}), replace(CALM, stills=True), 100, seed)
        brow, lid = acted.strengths.T
        assert acted.units == ("4", "7")
        assert (brow[0], lid[0]) == (0, pytest.approx(0.3))  # what the face always holds
        assert brow.argmax() > 30 and lid[brow.argmax()] < 0.01
        assert (np.diff(brow[: brow.argmax() + 1]) >= 0).all()


def test_every_frame_count_samples_the_same_performance_in_any_number_of_threads() -> None:
    script = Script({4: both(0.8), 51: both(0.5)}, MACRO_TIMING)
    with threadpool_limits(1):
        fine = act(script, Difficulty(), 100)
    with threadpool_limits(2):
        again, coarse = act(script, Difficulty(), 100), act(script, Difficulty(), 20)
    for name in ("weights", "strengths", "rotations", "translations"):
        assert getattr(fine, name).tobytes() == getattr(again, name).tobytes()
        np.testing.assert_allclose(getattr(fine, name)[::5], getattr(coarse, name), atol=1e-6)
    assert fine.seconds == coarse.seconds


def test_one_frame_is_refused() -> None:
    with pytest.raises(UserError, match="2 or more"):
        act(Script({4: both(0.8)}, MACRO_TIMING), frames=1)
