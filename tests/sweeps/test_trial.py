from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.protocols import PROTOCOLS
from bench.suites import choose_budget
from smile.config import Config, Rendering, override
from smile.errors import UserError
from smile.training.pretraining import pretrain
from sweeps.trial import draw_task

CONFIG = override(
    Config(rendering=Rendering(view_count=2, image_size=16)),
    {"training.epochs": 3, "training.batch_size": 6, "model.embedding_size": 16, "captions.arm": "label"},
)


@pytest.fixture(scope="module")
def task(views):
    return draw_task(views, CONFIG, threads=1)


@pytest.mark.parametrize("seed", range(5))
def test_pretraining_validation_and_the_benchmarks_subjects_share_nobody(views, seed):
    task = draw_task(views, override(CONFIG, {"training.seed": seed}), threads=1)
    plan, _ = PROTOCOLS["tenfold"].plan(views, choose_budget("quick").encoders)
    tested = set(plan.evaluated)
    pretraining, validation = set(task.pretraining.subjects), set(task.validation.subjects)
    assert pretraining
    assert validation
    assert not pretraining & validation
    assert not (pretraining | validation) & tested
    assert pretraining | validation | tested == set(views.subjects)
    assert set(task.plan.evaluated) == validation


def test_pretraining_carries_no_labels(views, task):
    assert set(task.pretraining.labels) == {()}
    assert not any(name in clip for clip in task.pretraining.clip_ids for (name,) in views.labels)


def test_too_few_subjects_are_one_clear_error(views):
    with pytest.raises(UserError, match="too few"):
        draw_task(views.rows(range(12)), CONFIG, threads=1)


def test_an_unknown_caption_arm_names_the_closest(views):
    with pytest.raises(UserError, match="did you mean 'none'"):
        draw_task(views, override(CONFIG, {"captions.arm": "non"}), threads=1)


def test_geometry_without_landmarks_says_what_to_do(views):
    with pytest.raises(UserError, match="landmark"):
        draw_task(views, override(CONFIG, {"captions.arm": "geometry"}), threads=1)


def test_a_trial_reports_a_recall_after_each_rung_and_learns_an_easy_task(task):
    reports = []
    task({"losses.alignment.weight": 2.0}, lambda *report: reports.append(report))
    assert [epoch for epoch, *_ in reports] == [1, 2, 3]
    assert all(0 <= value <= 1 for _, value, _ in reports)
    assert reports[-1][1] > 0.9
    for _, value, right in reports:  # every subject has one clip a class, so that recall is accuracy
        assert right.keys() == set(task.validation.subjects)
        assert {clips for _, clips in right.values()} == {3}
        assert sum(told for told, _ in right.values()) / (3 * len(right)) == pytest.approx(value, abs=1e-6)


def test_the_same_setting_gives_the_same_numbers_and_another_weight_another_model(task):
    runs = []
    for weight in (0.1, 0.1, 10.0):
        model = task.pretrain(override(CONFIG, {"losses.alignment.weight": weight}), lambda *_: None)
        runs.append(torch.cat([p.detach().ravel() for p in model.parameters()]))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_watching_a_run_changes_nothing_it_ends_where_smiles_own_pretraining_ends(task):
    images = task.pretraining.first_views(CONFIG.rendering.view_count).images
    own = pretrain(CONFIG, images, task.said.sentences, axes=task.said.axes)
    watched = task.pretrain(CONFIG, lambda model, _: task.validate(model, CONFIG) and None)
    for (name, a), (_, b) in zip(own.named_parameters(), watched.named_parameters(), strict=True):
        assert torch.equal(a, b), name


def test_a_trial_looks_at_the_first_views_only(task):
    setting = {"rendering.view_count": 1}
    blinded = task.pretraining.images.copy()
    blinded[:, 1:] = 0
    other = replace(task, pretraining=replace(task.pretraining, images=blinded))
    found = [[], []]
    task(setting, lambda *report: found[0].append(report))
    other(setting, lambda *report: found[1].append(report))
    assert found[0] == found[1]


def test_the_probe_is_never_fitted_on_a_subject_that_it_tests(task, monkeypatch):
    calls = []

    def spy(exam):
        (part,), subjects = exam.rounds, np.array(task.validation.subjects)
        calls.extend((set(subjects[part.folds == n]), set(subjects[part.folds != n])) for n in part.tested)
        return [exam.targets]

    monkeypatch.setattr("sweeps.trial.probe", spy)
    model = task.pretrain(override(CONFIG, {"training.epochs": 1}), lambda *_: None)
    assert task.validate(model, CONFIG)[0] == 1
    assert set.union(*(tested for tested, _ in calls)) == set(task.validation.subjects)
    assert all(not tested & seen for tested, seen in calls)
