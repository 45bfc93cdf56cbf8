"""A condition is drawn on the clips that are asked for, with the settings of the whole data set."""

import dataclasses

import numpy as np
import pytest

from bench.conditions import CONDITIONS
from bench.data_sets import Studio
from bench.methods.method import Unsuitable
from smile.config import Config
from smile.stand_ins.cast import Cast, Program
from smile.stand_ins.synthetic import act_synthetic
from tests.bench.campaigns import Quiet


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    rendering = dataclasses.replace(Config().rendering, image_size=16, view_count=2)
    faces = act_synthetic(Cast(1, Program(frames=3)))
    return Studio((faces,), rendering, tmp_path_factory.mktemp("cache"), 1, Quiet())


def test_changed_scans_are_drawn_for_the_clips_that_are_asked_for(studio, monkeypatch):
    asked = []

    def change(data_set):
        asked.append([clip.id for clip in data_set.clips])
        clips = tuple(dataclasses.replace(c, frames=c.frames[::-1], content_key=f"x{c.id}") for c in data_set.clips)
        return dataclasses.replace(data_set, clips=clips)

    monkeypatch.setitem(CONDITIONS, "noisy", dataclasses.replace(CONDITIONS["noisy"], change=change))
    (clean,) = studio.draw()
    wanted = clean.clip_ids[1:3]
    shown = studio.show("noisy", clean.data_set, wanted[::-1])
    assert asked == [list(wanted)] and shown.clip_ids == wanted
    assert shown.planes == clean.planes, "clips that stand still keep the channels of a data set that moves"
    assert not np.array_equal(shown.images, clean.images[1:3])


def test_changed_views_are_made_of_the_clean_ones_without_drawing(studio):
    (clean,) = studio.draw()
    folders = len(list(studio.cache.iterdir()))
    shown = studio.show("missing_view", clean.data_set, clean.clip_ids[:2])
    assert len(list(studio.cache.iterdir())) == folders
    same = (shown.images == clean.images[:2]).all(axis=(2, 3, 4))
    assert same.sum(axis=1).tolist() == [1, 1], "one of two views is as it was"


def test_a_condition_on_a_channel_that_is_not_drawn_is_unsuitable(studio):
    with pytest.raises(Unsuitable, match="the pictures have no colour"):
        studio.show("light", studio.data_sets[0].name, ())
