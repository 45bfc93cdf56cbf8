"""A net from scratch is asked what the probe of few labels asks, learns from the labelled alone, and resumes."""

import dataclasses

import numpy as np
import pytest

from bench.audit.overlap import Leak
from bench.methods import METHODS
from bench.methods.supervised import few_scratch
from bench.origins import _find_modules, find_sources
from bench.probes import few_labels
from bench.probes import from_scratch as scratch
from bench.statistics.pairing import compare_methods
from bench.suites import choose_probes
from tests.bench.campaigns import Quiet, campaign_in, forbid, run_campaign


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Two draws, and trainings of a step: what is asked does not depend on how well it is answered."""
    monkeypatch.setattr(few_labels, "DRAWS", 2)
    monkeypatch.setattr(few_scratch, "LEAST_STEPS", 1)


def campaign(out, probes=("few_labels",), conditions=("clean",), budget="quick", **changes):
    made = campaign_in(out, ("pixels", "supervised"), budget, **{"training.steps": 1, **changes})
    suite = choose_probes(made.suite, probes, conditions)
    return dataclasses.replace(made, suite=dataclasses.replace(suite, methods=("pixels", "supervised_few")))


def findings(records):
    return {(one.method, one.setting.condition): one.findings for one in records}


@pytest.mark.slow
@pytest.mark.parametrize("budget", ["quick", "standard"])
def test_it_is_asked_what_the_probe_asks_under_every_condition(budget, tmp_path, make_views):
    views = make_views(noise=5.0)

    def show(_condition, _data_set, clips):
        shown = views.rows([row for row, clip in enumerate(views.clip_ids) if clip in set(clips)][1:])
        return dataclasses.replace(shown, images=255 - shown.images)

    records = run_campaign(campaign(tmp_path, conditions=("clean", "noisy"), budget=budget), [views], Quiet(), show)
    found = findings(records)
    for condition in ("clean", "noisy"):
        own, probe = found["supervised_few", condition], found["pixels", condition]
        assert [(one.metric, one.labelled, one.asked) for one in own.tallies] == [
            (one.metric, one.labelled, one.asked) for one in probe.tallies
        ]
        assert compare_methods([own], [probe], 0) is not None
    assert found["supervised_few", "clean"] != found["supervised_few", "noisy"]
    cost = next(one.cost for one in records if one.method == "supervised_few")
    draws = 2 * (len(found["supervised_few", "clean"].tallies) - 1)
    assert cost.steps == draws + sum(len(group.folds) for group in records[0].groups)  # a step a lesson


@pytest.mark.slow
def test_labels_teach_and_shuffled_labels_do_not(tmp_path, make_views, monkeypatch):
    monkeypatch.setattr(few_labels, "DRAWS", 1)
    views = make_views(subjects=8, noise=5.0)
    taught = {"training.steps": 14, "training.learning_rate": 3e-3, "training.augmentation": 0.0}
    mixed = views.relabel([views.labels[row] for row in np.random.default_rng(0).permutation(len(views))])
    learnt, chance = (
        findings(run_campaign(campaign(tmp_path / name, **taught), [one], Quiet()))["supervised_few", "clean"]
        for name, one in (("true", views), ("mixed", mixed))
    )
    for tally, other in zip(learnt.tallies, chance.tallies, strict=True):
        assert sum(tally.right.values()) / sum(tally.asked.values()) > 0.6, tally.metric
        assert sum(other.right.values()) / sum(other.asked.values()) < 0.35, tally.metric


def test_other_probes_are_refused_with_a_reason(tmp_path, make_views):
    records = run_campaign(campaign(tmp_path, ("linear_probe", "few_labels")), [make_views()], Quiet())
    refused = next(one for one in records if (one.method, one.setting.probe) == ("supervised_few", "linear_probe"))
    assert "is measured by the probe few_labels alone" in refused.reason and not refused.failed


def test_a_killed_run_goes_on_and_a_damaged_lesson_is_computed_again(tmp_path, make_views, monkeypatch):
    views, reporter, counted = make_views(), Quiet(), []
    teach = scratch._teach

    def stop_at(count):
        def work(*given):
            if len(counted) == count:
                raise KeyboardInterrupt
            counted.append(given[2].metric)
            return teach(*given)

        return work

    monkeypatch.setattr(scratch, "_teach", stop_at(3))
    with pytest.raises(KeyboardInterrupt):
        run_campaign(campaign(tmp_path / "killed"), [views], Quiet())
    damaged = next((tmp_path / "killed").rglob("lesson_1.json"))
    damaged.write_text(damaged.read_text()[:-9])
    monkeypatch.setattr(scratch, "_teach", stop_at(1000))
    resumed = findings(run_campaign(campaign(tmp_path / "killed"), [views], reporter))
    again, counted[:] = len(counted), []
    whole = findings(run_campaign(campaign(tmp_path / "whole"), [views], Quiet()))
    assert resumed == whole
    assert again == len(counted) + 1 and any("lesson_1.json is damaged" in line for line in reporter.lines)
    monkeypatch.setattr(scratch, "_teach", forbid)
    assert findings(run_campaign(campaign(tmp_path / "whole"), [views], Quiet())) == whole


def test_a_tested_subject_who_is_labelled_stops_it(tmp_path, make_views, monkeypatch):
    def plan(task):
        for lesson in planned(task):
            yield dataclasses.replace(lesson, asked=(*lesson.asked, lesson.teachers[0]))

    planned = scratch.plan_lessons
    monkeypatch.setattr(scratch, "plan_lessons", plan)
    records = run_campaign(campaign(tmp_path), [make_views()], Quiet())
    assert any(one.failed and one.reason.startswith(Leak.__name__) for one in records)


def test_its_record_depends_on_the_code_that_measures_it():
    found = {file.name for file in find_sources(_find_modules(METHODS["supervised_few"].fit))}
    assert {"from_scratch.py", "few_scratch.py", "multiview.py", "few_labels.py"} <= found
