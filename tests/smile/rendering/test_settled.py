import dataclasses

import numpy as np
import pytest

from smile.config import Rendering
from smile.errors import UserError
from smile.rendering.cache.cache import load_or_render
from smile.rendering.motion.channels import name_planes
from smile.rendering.settled import recall, settle
from tests.smile.rendering.faces import cache_key, clip, data_set

SMALL = Rendering(view_count=2, image_size=24, frames=3)
SCANS = data_set(clip(seed, count=1) for seed in range(3))
MIXED = data_set([clip(0, count=1), clip(1, count=3)])
MOVING = data_set(clip(seed, count=3) for seed in range(2))


def test_a_set_of_single_scans_is_drawn_with_the_channels_of_scans():
    assert settle(SMALL, SCANS).channels == SMALL.static_channels
    assert settle(SMALL, MIXED).channels == settle(SMALL, MOVING).channels == SMALL.channels
    assert settle(dataclasses.replace(SMALL, static_channels=()), SCANS).channels == SMALL.channels
    assert settle(SMALL, data_set([])).channels == SMALL.channels


def test_pictures_tell_how_they_were_settled():
    for some in (SCANS, MOVING):
        settled = settle(SMALL, some)
        planes = name_planes(settled.channels, SMALL.key_frames)
        assert recall(SMALL, planes).channels == settled.channels
        assert recall(settled, planes) == settled
    assert recall(SMALL, ("colour",)) == SMALL


def test_settling_twice_changes_nothing_more():
    for some in (SCANS, MIXED, MOVING):
        once = settle(SMALL, some)
        assert settle(once, some) == once


def test_models_of_clips_fit_scans_by_default():
    assert len(name_planes(Rendering().channels)) == len(name_planes(Rendering().static_channels))


def test_the_key_is_of_what_is_drawn():
    only_static = dataclasses.replace(SMALL, static_channels=("mask",))
    only_motion = dataclasses.replace(SMALL, channels=("rank_depth",))
    assert cache_key(SCANS, SMALL) == cache_key(SCANS, only_motion) != cache_key(SCANS, only_static)
    assert cache_key(MOVING, SMALL) == cache_key(MOVING, only_static) != cache_key(MOVING, only_motion)
    shown = data_set(dataclasses.replace(one, apex=1) for one in MOVING.clips)
    assert cache_key(shown, SMALL) != cache_key(MOVING, SMALL)


def test_scans_are_shown_by_shape_where_motion_would_be_empty(tmp_path):
    views = load_or_render(SCANS, SMALL, tmp_path, lambda *_: None)
    assert views.planes == ("normals", "normals", "normals", "depth") and views.view_names == ("front", "left")
    assert all(np.ptp(views.images[:, :, plane]) > 100 for plane in range(4))
    mixed = load_or_render(MIXED, SMALL, tmp_path, lambda *_: None)
    assert mixed.planes == ("movement_normals",) * 3 + ("movement_depth",)
    assert (mixed.images[0] == 128).all() and (mixed.images[1] != 128).any()


@pytest.mark.parametrize("change", [{"static_channels": ("dept",)}, {"channels": ("dept",)}, {"frames": 0}])
def test_a_setting_that_cannot_be_drawn_is_an_error_for_any_set(change):
    for some in (SCANS, MOVING):
        with pytest.raises(UserError, match=r"dept|frames"):
            settle(dataclasses.replace(SMALL, **change), some)
