"""One fit serves every condition, probe and seed that is asked for, and each has a record of its own."""

import collections
import dataclasses

import numpy as np
import pytest

from bench.conditions import CONDITIONS
from bench.methods import METHODS
from bench.methods.method import Method, Unsuitable
from bench.record import read_records
from bench.spread import errand
from bench.standings import gather_seeds
from bench.suites import CONDITION_NAMES
from bench.tables.markdown import render
from tests.bench.campaigns import Quiet, campaign_in, forbid, run_campaign

PROBES = ("linear_probe", "few_labels", "nearest", "identity", "zero_shot")


def cells_in(out, methods, conditions=("clean", "occluded"), probes=PROBES, seeds=(0,), **changes):
    campaign = campaign_in(out, methods, **changes)
    suite = dataclasses.replace(campaign.suite, conditions=conditions, probes=probes)
    return dataclasses.replace(campaign, suite=suite, seeds=seeds)


def show_from(views, change, log=None):
    """A condition that changes the pictures of tested clips."""

    def show(condition, data_set, clips):
        if log is not None:
            log.append((condition, data_set, set(clips)))
        shown = views.rows([row for row, clip in enumerate(views.clip_ids) if clip in set(clips)])
        return dataclasses.replace(shown, images=change(shown.images))

    return show


def noise_out(images):
    return np.random.default_rng(0).integers(0, 256, size=images.shape).astype(np.uint8)


@pytest.fixture
def counted(monkeypatch):
    """Raw pixels as a method that counts its fits by seed, and what it was shown."""
    fits = collections.Counter()

    def fit(views, labels, config, progress):
        fits[config.training.seed] += 1
        return METHODS["pixels"].fit(views, labels, config, progress)

    monkeypatch.setitem(METHODS, "simclr", Method("Counted", "unsupervised", fit))
    return fits


def test_an_encoder_is_fitted_once_for_all_conditions_and_probes_of_a_seed(tmp_path, make_views, counted):
    views, log = make_views(), []
    campaign = cells_in(tmp_path, ("simclr",), seeds=(0, 3), budget="quick")
    records = run_campaign(campaign, [views], Quiet(), show_from(views, noise_out, log))
    assert counted == {0: 1, 3: 1}
    assert len(records) == 2 * 2 * 5
    tested = {
        clip
        for clip, who in zip(views.clip_ids, views.subjects, strict=True)
        if who not in records[0].groups[0].pretraining
    }
    assert log == [("occluded", "synthetic", tested)], "the tested clips alone are drawn, once"
    found = {(r.setting.seed, r.setting.condition, r.setting.probe): r for r in records}
    for seed in (0, 3):
        assert found[seed, "clean", "linear_probe"].metrics["accuracy"].value > 0.8
        assert found[seed, "occluded", "linear_probe"].metrics["accuracy"].value < 0.5
        assert found[seed, "occluded", "zero_shot"].reason == "has no text tower"
        assert not found[seed, "occluded", "zero_shot"].failed
    assert found[0, "occluded", "nearest"].condition_title == CONDITIONS["occluded"].title
    assert set(found[0, "clean", "few_labels"].metrics) == {"accuracy@1", "accuracy@2", "accuracy@all", "area"}
    assert set(found[0, "clean", "identity"].metrics) == {"accuracy"}, "an F1 over people has no meaning"
    assert len({record.setting.data_hash for record in records}) == 2


def without_measures(record):
    """The record without its seconds, and without the memory that the process had at most, tests before counted in."""
    cost = record.cost and dataclasses.replace(record.cost, memory=0.0)
    return dataclasses.replace(record, seconds=0, cost=cost)


def test_what_is_on_disk_is_not_measured_again_and_a_lost_cell_alone_is(tmp_path, make_views, monkeypatch):
    views = make_views()
    campaign = cells_in(tmp_path, ("pixels",), probes=("linear_probe", "few_labels"), budget="quick")
    first = run_campaign(campaign, [views], Quiet(), show_from(views, noise_out))
    kept, _ = read_records(tmp_path, "fer4d")
    assert sorted(map(repr, kept)) == sorted(map(repr, first)), "records come back as they were written"
    next((tmp_path / "records").rglob("occluded/few_labels/seed_0/pixels.json")).unlink()
    measured = []
    evaluate = errand.evaluate
    monkeypatch.setattr(errand, "evaluate", lambda task, **more: measured.append(task.cells) or evaluate(task, **more))
    again = run_campaign(campaign, [views], Quiet(), show_from(views, noise_out))
    assert measured == [(("occluded", "few_labels"),)]
    assert [without_measures(record) for record in again] == [without_measures(record) for record in first]
    monkeypatch.setattr(errand, "evaluate", forbid)
    assert run_campaign(campaign, [views], Quiet(), show_from(views, noise_out)) == again
    other = show_from(views, lambda images: 255 - noise_out(images))
    with pytest.raises(pytest.fail.Exception, match="measured again"):
        run_campaign(campaign, [views], Quiet(), other)


def test_a_condition_that_cannot_be_shown_leaves_rows_that_say_why(tmp_path, make_views):
    def show(*_):
        raise Unsuitable("the pictures have no colour")

    campaign = cells_in(tmp_path, ("pixels",), ("clean", "light"), ("linear_probe",), budget="quick")
    clean, light = run_campaign(campaign, [make_views()], Quiet(), show)
    assert (clean.reason, light.reason, light.failed) == ("", "the pictures have no colour", False)
    assert "Not evaluated: the pictures have no colour" in render(campaign.suite, [clean, light])


def test_clips_that_a_condition_loses_are_counted_and_named(tmp_path, make_views):
    views = make_views()

    def show(condition, data_set, clips):
        return show_from(views, noise_out)(condition, data_set, sorted(clips)[1:])

    campaign = cells_in(tmp_path, ("pixels",), probes=("linear_probe",), budget="quick")
    clean, occluded = run_campaign(campaign, [views], Quiet(), show)
    assert (clean.clips, occluded.clips) == (36, 35) == (len(clean.predictions), len(occluded.predictions))
    assert "1 clips cannot be shown under the condition occluded" in occluded.note
    assert "shown" not in clean.note


def test_a_row_over_seeds_is_the_mean_of_its_seeds(tmp_path, make_views):
    campaign = cells_in(tmp_path, ("chance",), ("clean",), ("linear_probe",), seeds=(0, 1, 2))
    records = run_campaign(campaign, [make_views()], Quiet())
    values = [record.metrics["accuracy"].value for record in records]
    (standing,) = gather_seeds(records)
    assert len(set(values)) > 1
    assert standing.metrics["accuracy"].value == pytest.approx(np.mean(values))


def test_suites_name_every_condition_there_is():
    assert tuple(CONDITIONS) == CONDITION_NAMES
