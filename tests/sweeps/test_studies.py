import pytest

from smile.config import Config, flatten
from smile.errors import UserError
from smile.rendering.raster.cameras import directions
from sweeps.draw.ranges import Among, LogUniform
from sweeps.experiment import widest
from sweeps.studies import STUDIES, Study, find_study


@pytest.mark.parametrize("name", STUDIES)
def test_every_key_is_a_setting_of_the_config_and_every_default_lies_in_its_range(name):
    study = STUDIES[name]
    config = study.config({})
    assert set(study.ranges) <= set(flatten(Config()))
    for key, value in study.default(config).items():
        assert study.ranges[key].holds(value), key


def test_a_study_with_a_misspelt_key_is_refused_where_it_is_written():
    with pytest.raises(UserError, match="did you mean"):
        Study("", {"losses.alignment.wieght": LogUniform(0.1, 1.0)}, {})


def test_a_study_with_a_value_of_the_wrong_kind_is_refused():
    with pytest.raises(UserError, match=r"rendering\.view_count"):
        Study("", {"rendering.view_count": Among((1, "many"))}, {})


def test_a_change_moves_the_default_and_what_is_not_searched():
    study = STUDIES["loss_weights"]
    config = study.config({"losses.alignment.weight": "0.5", "training.epochs": "2"})
    assert study.default(config)["losses.alignment.weight"] == 0.5
    assert config.training.epochs == 2


@pytest.mark.parametrize(("value", "words"), [("0", "0.1 to 10"), ("20", "0.1 to 10"), ("nan", "choose at least 0")])
def test_a_searched_setting_outside_its_range_is_refused(value, words):
    with pytest.raises(UserError, match=rf"losses\.alignment\.weight.*{words}"):
        STUDIES["loss_weights"].config({"losses.alignment.weight": value})


def test_countable_ranges_are_listed_whole():
    study = Study("", {"rendering.view_count": Among((1, 3)), "training.seed": Among((0, 1))}, {})
    listed = study.every()
    assert len({tuple(setting.values()) for setting in listed}) == len(listed) == 4
    assert STUDIES["loss_weights"].every() is None


def test_an_unknown_study_names_the_closest():
    with pytest.raises(UserError, match="did you mean 'loss_weights'"):
        find_study("loss_wieghts")


@pytest.mark.parametrize("name", [name for name, study in STUDIES.items() if study.listed])
def test_listed_settings_are_distinct_in_range_and_hold_the_default(name):
    study = STUDIES[name]
    default = study.default(study.config({}))
    assert default in study.every()
    rows = [tuple(sample.items()) for sample in study.listed]
    assert len(set(rows)) == len(rows)
    for sample in study.listed:
        assert all(study.ranges[key].holds(value) for key, value in sample.items())
        assert list(sample) == list(study.ranges) and study.default(study.config(sample)) == sample
    for key, values in study.ranges.items():
        assert {sample[key] for sample in study.listed} == set(values.edges), "no value is for nothing"


def test_every_set_of_angles_is_one_of_cameras_and_among_those_that_are_drawn_once():
    study = STUDIES["view_angles"]
    drawn = set(directions(widest(study, study.config({})).rendering))
    for sample in study.listed:
        seen = directions(study.config(sample).rendering)
        assert len(seen) == sample["rendering.view_count"] and set(seen) <= drawn


def test_a_range_of_ones_own_tries_all_combinations():
    study = find_study("text", {"captions.clusters": Among((12,))})
    assert len(study.every()) == 3 * 4 * 2 * 1
