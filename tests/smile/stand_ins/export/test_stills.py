"""Stills are frames between onset and apex whose activity has the wanted share of the peak."""

from dataclasses import dataclass

import numpy as np
import pytest

from smile.data.action_units import Coding
from smile.data.face import Clip
from smile.errors import UserError
from smile.stand_ins.export.stills import find_stills
from tests.smile.stand_ins.export.sources import make


@dataclass(frozen=True)
class Acted(list):
    """Frames of a clip of which nothing but the strengths of two action units is known."""

    strengths: tuple

    def code(self):
        values = np.array(self.strengths, np.float32)
        return Coding(np.arange(len(values), dtype=np.int32), ("1", "2"), np.stack([values, values], axis=1))


def clip(*strengths):
    return Clip("a", "a", ("anger",), Acted(strengths), "key")


def test_each_share_has_its_frame_on_the_way_to_the_apex():
    acted = clip(0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.4, 0.3, 0.2)
    assert find_stills(acted, (0.2, 0.4, 0.8, 1.0)) == (1, 2, 4, 5)
    assert find_stills(acted, (1.0,)) == (5,)


def test_what_a_face_always_holds_or_lets_go_is_no_strength_but_movement():
    held = clip(0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    assert find_stills(held, (0.2, 0.4, 0.8, 1.0)) == (1, 2, 4, 5)
    let_go = clip(0.5, 0.4, 0.3, 0.2, 0.1, 0.0)
    assert find_stills(let_go, (0.2, 0.4, 0.8, 1.0)) == (1, 2, 4, 5)


@pytest.mark.parametrize("strengths", [(0, 0.1, 1, 0.5, 0), (1, 0.5, 0), (0, 0, 0)])
def test_too_few_frames_are_refused(strengths):
    with pytest.raises(UserError, match="--frames"):
        find_stills(clip(*strengths), (0.35, 0.55, 0.8, 1.0))


def test_made_clips_have_a_frame_close_to_every_level():
    for acted in make("synthetic", "bu3dfe").clips:
        frames = find_stills(acted, (0.35, 0.55, 0.8, 1.0))
        activity = acted.frames.code().strengths.sum(axis=1)
        np.testing.assert_allclose(activity[list(frames)] / activity.max(), [0.35, 0.55, 0.8, 1], atol=0.1)
        assert list(frames) == sorted(frames)
