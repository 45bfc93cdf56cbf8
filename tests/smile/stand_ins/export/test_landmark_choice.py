"""The named landmarks are found by where they lie, whichever side comes first and however the head is turned."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from smile.data.formats.lm import NAMES
from smile.data.landmarks import SCHEMES
from smile.stand_ins.export.landmark_choice import choose_landmarks
from smile.stand_ins.synthetic import SyntheticSource

MODEL = SyntheticSource().load()
FACE = MODEL.anchors.ride(MODEL.neutral)
FOUND = dict(zip(NAMES, choose_landmarks(FACE), strict=True))


@pytest.mark.parametrize("name", [name for name in NAMES if "left" in name.lower()])
def test_the_left_side_mirrors_the_right_one(name):
    other = FOUND[name.replace("left", "right").replace("Left", "Right")]
    assert FOUND[name][0] > 5
    np.testing.assert_allclose(FOUND[name] * [-1, 1, 1], other, atol=0.6)


def test_features_lie_where_their_names_say():
    height = {name: float(point[1]) for name, point in FOUND.items()}
    assert height["Inner left eyebrow"] > height["Inner left eye corner"] > height["Left nose peak"]
    lips = ["Upper lip outer middle", "Upper lip inner middle", "Lower lip inner middle", "Lower lip outer middle"]
    assert [height[name] for name in [*lips, "Chin middle"]] == sorted(
        (height[n] for n in [*lips, "Chin middle"]), reverse=True
    )
    assert FOUND["Nose tip"][2] == max(point[2] for point in FOUND.values())
    for side in ("left", "right"):
        outward = [abs(FOUND[f"{part} {side} eyebrow"][0]) for part in ("Inner", "Middle", "Outer")]
        assert outward == sorted(outward)
        assert abs(FOUND[f"Outer {side} eye corner"][0]) > abs(FOUND[f"Inner {side} eye corner"][0])
        assert abs(FOUND[f"Nose saddle {side}"][0]) < abs(FOUND[f"Inner {side} eye corner"][0])


@pytest.mark.parametrize("angles", [(0, 0, 10), (30, 0, 0), (-30, 10, -5), (0, -20, 0)])
def test_a_turned_head_has_the_same_landmarks(angles):
    turn = Rotation.from_euler("YXZ", angles, degrees=True)
    shift = np.array([3, -40, 900])
    turned = choose_landmarks((turn.apply(FACE) + shift).astype(np.float32))
    np.testing.assert_allclose(turn.inv().apply(turned - shift), list(FOUND.values()), atol=1e-3)


def test_order_within_and_between_contours_does_not_matter():
    shuffled = FACE.copy()
    scheme = SCHEMES["bu83"]
    for one, other in (("eye_a", "eye_b"), ("brow_a", "brow_b")):
        shuffled[scheme[one]], shuffled[scheme[other]] = FACE[scheme[other]], FACE[scheme[one]]
    for where in scheme.values():
        shuffled[where] = np.roll(shuffled[where][::-1], 3, axis=0)
    np.testing.assert_allclose(choose_landmarks(shuffled), list(FOUND.values()), atol=0.01)
