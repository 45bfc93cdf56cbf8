"""The synthetic face has a face's frame, a skin that looks outward, and moves where FACS says."""

import numpy as np
import pytest
from numpy.typing import NDArray

from smile.data import facs
from smile.data.landmarks import SCHEMES, measure_motion
from smile.stand_ins import blendshapes
from smile.stand_ins.synthetic import SyntheticSource, make_synthetic
from smile.stand_ins.synthetic_mesh import EYEBALL, EYEBALL_DEPTH, build_neutral

MODEL = SyntheticSource().load()
GROUPS = SCHEMES["bu83"]
EYEBALL_VERTICES = (len(MODEL.neutral) - build_neutral().skin) // 2


def act(*units: int, side: str = "") -> NDArray[np.float32]:
    """The neutral face with these action units at full strength, on one side only where asked."""
    weights = blendshapes.shape_weights(dict.fromkeys(units, 1.0))
    return MODEL.deform(
        MODEL.neutral,
        np.array([weights.get(s, 0.0) * s.endswith(side) for s in blendshapes.SHAPES], dtype=np.float32),
    )


def motion(*units: int) -> dict[str, float]:
    ends = np.stack([MODEL.anchors.ride(MODEL.neutral), MODEL.anchors.ride(act(*units))])[None]
    return {name: float(value[0]) for name, value in measure_motion(ends, "bu83").items()}


def test_the_data_set_says_what_it_is() -> None:
    data = make_synthetic(1, 2)
    assert (data.name, data.title, data.stand_in, data.skipped) == ("synthetic", "Synthetic faces", "synthetic", ())


def test_the_frame_of_the_face() -> None:
    landmarks = MODEL.anchors.ride(MODEL.neutral)
    assert landmarks.shape == (83, 3)
    tip = MODEL.neutral[MODEL.neutral[:, 2].argmax()]
    assert abs(tip[0]) < 3 and np.linalg.norm(landmarks[GROUPS["nose"]] - tip, axis=1).min() < 12
    left, right = landmarks[GROUPS["eye_a"]].mean(axis=0), landmarks[GROUPS["eye_b"]].mean(axis=0)
    assert 55 < left[0] - right[0] < 70  # an adult's eyes are some 63 mm apart
    assert landmarks[GROUPS["brow_a"], 0].min() > 0 > landmarks[GROUPS["brow_b"], 0].max()
    heights = [landmarks[GROUPS[g], 1].mean() for g in ("brow_a", "eye_a", "nose", "outer_lip", "outline")]
    assert heights == sorted(heights, reverse=True) or heights[3] > landmarks[75, 1]
    assert landmarks[GROUPS["outline"], 1].argmin() == 7
    assert len(np.unique(landmarks, axis=0)) == 83


def test_the_neutral_face_is_symmetric_and_its_mouth_closed() -> None:
    mirrored = MODEL.neutral * [-1, 1, 1]
    order = np.lexsort(MODEL.neutral.round(2).T), np.lexsort(mirrored.round(2).T)
    np.testing.assert_allclose(MODEL.neutral[order[0]], mirrored[order[1]], atol=0.02)
    lips = MODEL.anchors.ride(MODEL.neutral)[GROUPS["inner_lip"]]
    assert (lips[1:4, 1] - lips[[7, 6, 5], 1]).min() > 0
    assert (lips[1:4, 1] - lips[[7, 6, 5], 1]).max() < 3


def test_the_skin_looks_outward() -> None:
    corners = MODEL.neutral[MODEL.surface.triangles].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(normals, axis=1)
    assert areas.min() > 1e-6
    outward = (normals * (corners.mean(axis=1) - [0, 0, 20])).sum(axis=1) > 0
    assert (outward * areas).sum() > 0.95 * areas.sum()


def test_size_and_variety_are_those_of_faces() -> None:
    assert 3000 < len(MODEL.neutral) < 6000
    assert 130 < np.ptp(MODEL.neutral[:, 0]) < 170
    assert 160 < np.ptp(MODEL.neutral[:, 1]) < 210
    spread = np.sqrt((MODEL.identities.astype(np.float64) ** 2).sum(axis=2).mean(axis=1).sum())
    assert 3.5 < spread < 5.0
    assert 15 <= len(MODEL.identities) <= 40
    for expression in facs.EMOTIONS.values():
        moved = np.linalg.norm(act(*expression.core) - MODEL.neutral, axis=1).mean()
        assert 0.8 < moved < 5.5


def test_every_shape_moves_something_and_shapes_mirror_each_other() -> None:
    size = np.linalg.norm(MODEL.shapes, axis=2)
    assert (size.max(axis=1) > 1.5).all()
    for number, shape in enumerate(blendshapes.SHAPES):
        if shape.endswith("_L"):
            other = blendshapes.SHAPES.index(shape[:-1] + "R")
            assert size[number].max() == pytest.approx(size[other].max(), rel=1e-3)
            assert MODEL.neutral[size[number] > 0.7 * size[number].max(), 0].min() > 0


@pytest.mark.parametrize(
    ("units", "measure", "least"),
    [
        ((1,), "inner brow height", 3.0),
        ((2,), "outer brow height", 3.0),
        ((4,), "inner brow height", -3.0),
        ((4,), "brow distance", -2.0),
        ((5,), "eye opening", 1.0),
        ((7,), "eye opening", -1.0),
        ((43,), "eye opening", -4.0),
        ((9,), "nose wing height", 3.0),
        ((10,), "upper lip height", 3.0),
        ((12,), "lip corner height", 4.0),
        ((12,), "mouth width", 4.0),
        ((15,), "lip corner height", -3.0),
        ((20,), "mouth width", 5.0),
        ((23,), "lip thickness", -1.0),
        ((27,), "chin height", -10.0),
        ((17,), "chin height", 1.0),
        ((14,), "mouth width", 2.0),
        ((13,), "lip corner height", 2.0),
        ((11,), "nose wing height", 1.0),
        ((22,), "mouth width", -2.0),
    ],
)
def test_an_action_unit_moves_what_it_is_named_for(units: tuple[int, ...], measure: str, least: float) -> None:
    moved = motion(*units)[measure]
    assert moved * np.sign(least) > abs(least)


@pytest.mark.parametrize(
    ("unit", "groups"),
    [
        (1, "brow"),
        (2, "brow"),
        (4, "brow"),
        (5, "eye"),
        (12, "lip"),
        (15, "lip"),
        (20, "lip"),
        (24, "lip"),
        (26, "lip"),
    ],
)
def test_landmarks_move_most_where_the_unit_acts(unit: int, groups: str) -> None:
    moved = np.linalg.norm(MODEL.anchors.ride(act(unit)) - MODEL.anchors.ride(MODEL.neutral), axis=1)
    largest = max((g for g in GROUPS if g != "outline"), key=lambda g: moved[GROUPS[g]].max())
    assert groups in largest


def test_the_mouth_opens_between_the_lips() -> None:
    for unit, least in ((25, 1.5), (26, 6.0), (27, 15.0)):
        lips = (
            MODEL.anchors.ride(act(unit))[GROUPS["inner_lip"]] - MODEL.anchors.ride(MODEL.neutral)[GROUPS["inner_lip"]]
        )
        assert lips[1:4, 1].mean() - lips[5:8, 1].mean() > least
        assert np.abs(lips[[0, 4], 1]).max() < np.abs(lips[6, 1])


def test_a_puffed_cheek_comes_forward_and_lips_as_a_funnel_too() -> None:
    for unit, place in ((34, (42, -26)), (22, (0, -34))):
        near = np.linalg.norm(MODEL.neutral[:, :2] - place, axis=1) < 8
        assert (act(unit) - MODEL.neutral)[near, 2].mean() > 3


def test_one_side_alone_can_act() -> None:
    moved = np.linalg.norm(MODEL.anchors.ride(act(12, side="_L")) - MODEL.anchors.ride(MODEL.neutral), axis=1)
    lips = MODEL.anchors.ride(MODEL.neutral)[GROUPS["outer_lip"]]
    moved = moved[GROUPS["outer_lip"]]
    assert moved[lips[:, 0].argmax()] > 5 * moved[lips[:, 0].argmin()]


def test_lids_close_over_the_eyeball() -> None:
    eye = MODEL.anchors.ride(act(43))[GROUPS["eye_a"]]
    assert (eye[1:4, 1] - eye[[7, 6, 5], 1]).max() < 0.3
    opened = MODEL.anchors.ride(MODEL.neutral)[GROUPS["eye_a"]]
    assert (opened[1:4, 1] - opened[[7, 6, 5], 1]).min() > 5
    # The left eyeball is the ball between the skin and the right one; the closed lid lies outside of it.
    balls = np.array_split(MODEL.neutral[MODEL.neutral.shape[0] - 2 * EYEBALL_VERTICES :], 2)
    centre = balls[0].mean(axis=0) * [1, 1, 0] + [0, 0, EYEBALL_DEPTH]
    assert np.linalg.norm(eye[1:4] - centre, axis=1).min() > EYEBALL - 0.3


def test_a_gaze_turns_the_eyeball_in_its_place() -> None:
    weights = np.array([float(s == "eyeLookUp_L") for s in blendshapes.SHAPES], np.float32)
    left, right = np.array_split((MODEL.deform(MODEL.neutral, weights) - MODEL.neutral)[-2 * EYEBALL_VERTICES :], 2)
    assert not right.any()
    assert left[0, 1] > 3  # the cornea rises
