"""A condition is drawn on the clips that are asked for, with the settings of the whole data set."""

import dataclasses

import numpy as np
import pytest

from bench.conditions import CONDITIONS
from bench.data_sets import Studio, open_studio
from bench.methods.method import Unsuitable
from bench.suites import choose_budget
from smile.config import Config
from smile.errors import UserError
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


def open_with(tmp_path, data, **counts):
    return open_studio(
        data, choose_budget("quick"), Config().rendering, cache=tmp_path, workers=1, reporter=Quiet(), **counts
    )


def test_counts_reach_every_maker_of_faces(tmp_path):
    (usual,) = open_with(tmp_path, []).data_sets
    (made,) = open_with(tmp_path, ["synthetic"], subjects=3, frames=5).data_sets
    assert len({clip.subject for clip in usual.clips}) == choose_budget("quick").subjects
    assert len({clip.subject for clip in made.clips}) == 3 and {len(clip.frames) for clip in made.clips} == {5}


@pytest.mark.parametrize(
    ("counts", "said"),
    [({"subjects": 1}, "at least two"), ({"frames": 1}, "at least two"), ({"subjects": -4}, "at least two")],
)
def test_counts_that_make_no_data_set_are_refused(tmp_path, counts, said):
    with pytest.raises(UserError, match=said):
        open_with(tmp_path, ["synthetic"], **counts)


def test_counts_are_not_for_recordings(tmp_path):
    with pytest.raises(UserError, match="bu4dfe names recordings"):
        open_with(tmp_path, [f"bu4dfe={tmp_path}"], subjects=4)
