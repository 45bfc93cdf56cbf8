from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.protocols import PROTOCOLS
from bench.suites import choose_budget
from smile.config import Config, Rendering, override
from smile.errors import UserError
from smile.training.pretraining import pretrain
from sweeps.effort import SPENT
from sweeps.objectives import OBJECTIVES, accuracy
from sweeps.objectives.worst import WORST
from sweeps.split import choose_views
from sweeps.trial import SEED, STRIDE, draw_task

SHOWN = Rendering(view_count=3, image_size=16)
CONFIG = override(
    Config(rendering=Rendering(view_count=2, image_size=16)),
    {"training.epochs": 3, "training.batch_size": 6, "model.embedding_size": 16, "captions.arm": "label"},
)
CHEAP = override(CONFIG, {"training.epochs": 1})


def draw(views, config=CONFIG, objective="uar", repeats=1):
    return draw_task(views, config, SHOWN, objective, repeats, threads=1)


@pytest.fixture(scope="module")
def task(views):
    return draw(views)


@pytest.mark.parametrize("seed", range(5))
def test_pretraining_validation_and_the_benchmarks_subjects_share_nobody_in_any_repeat(views, seed):
    task = draw(views, override(CONFIG, {SEED: seed}))
    plan, _ = PROTOCOLS["tenfold"].plan(views, choose_budget("quick").encoders)
    tested, met = set(plan.evaluated), set()
    for number in range(3):
        split = task.split(task.config, number)
        pretraining, validation = set(split.pretraining.subjects), set(split.validation.subjects)
        assert pretraining
        assert validation
        assert not pretraining & validation
        assert not (pretraining | validation) & tested
        assert pretraining | validation | tested == set(views.subjects)
        assert set(split.plan.evaluated) == validation
        assert split.config.training.seed == seed + STRIDE * number
        met.add(frozenset(validation))
    assert len(met) > 1, "each repeat splits the subjects anew"


def test_pretraining_carries_no_labels(views, task):
    split = task.split(CONFIG)
    assert set(split.pretraining.labels) == {()}
    assert not any(name in clip for clip in split.pretraining.clip_ids for (name,) in views.labels)


def test_too_few_subjects_are_one_clear_error(views):
    with pytest.raises(UserError, match="too few"):
        draw(views.rows(range(12)))


def test_an_unknown_caption_arm_names_the_closest(views):
    with pytest.raises(UserError, match="did you mean 'none'"):
        draw(views, override(CONFIG, {"captions.arm": "non"}))


def test_geometry_without_landmarks_says_what_to_do(views):
    with pytest.raises(UserError, match="landmark"):
        draw(views, override(CONFIG, {"captions.arm": "geometry"}))


def test_a_trial_reports_a_recall_after_each_rung_and_learns_an_easy_task(task):
    reports = []
    task({"losses.alignment.weight": 2.0}, lambda *report: reports.append(report))
    assert [epoch for epoch, *_ in reports] == [1, 2, 3]
    assert all(0 <= value <= 1 for _, value, *_ in reports)
    assert reports[-1][1] > 0.9
    for _, value, right, *_ in reports:  # every subject has one clip a class, so that recall is accuracy
        assert right.keys() == set(task.split(CONFIG).validation.subjects)
        assert {clips for _, clips in right.values()} == {3}
        assert sum(told for told, _ in right.values()) / (3 * len(right)) == pytest.approx(value, abs=1e-6)
    (*_, also) = reports[-1]
    assert also["uar"] == reports[-1][1]
    assert set(also) - {SPENT, WORST} == set(OBJECTIVES) - {"retrieval"}  # which needs landmarks
    assert also[WORST] <= reports[-1][1] and 0 < also[SPENT] < 60


def test_repeats_report_the_mean_so_far_and_every_subject_that_any_of_them_scored(views):
    one, three = [], []
    draw(views, CHEAP)({}, lambda *report: one.append(report))
    task = draw(views, CHEAP, repeats=3)
    task({}, lambda *report: three.append(report))
    assert three[0][:3] == one[0][:3], "the first repeat is the trial without repeats"
    assert [epoch for epoch, *_ in three] == [1, 2, 3]
    alone = []
    for number in range(3):
        setting = {SEED: STRIDE * number}
        draw(views, CHEAP)(setting, lambda *report: alone.append(report))
        assert three[number][1] == pytest.approx(np.mean([value for _, value, *_ in alone]), abs=1e-6)
    people = [set(task.split(CHEAP, number).validation.subjects) for number in range(3)]
    right = three[-1][2]
    assert right.keys() == set.union(*people)
    for name, (told, clips) in right.items():
        assert clips == 3 * sum(name in own for own in people)
        assert told == sum(right[name][0] for _, _, right, *_ in alone if name in right)


def test_the_same_setting_gives_the_same_numbers_and_another_weight_another_model(task):
    runs = []
    for weight in (0.1, 0.1, 10.0):
        split = task.split(override(CONFIG, {"losses.alignment.weight": weight}))
        model = split.pretrain(lambda *_: None, threads=1)
        runs.append(torch.cat([p.detach().ravel() for p in model.parameters()]))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_watching_a_run_changes_nothing_it_ends_where_smiles_own_pretraining_ends(task):
    split = task.split(CONFIG)
    own = pretrain(CONFIG, split.pretraining.images, split.said.sentences, axes=split.said.axes)
    watched = split.pretrain(lambda model, _: task.measure(split, model, last=True) and None, threads=1)
    for (name, a), (_, b) in zip(own.named_parameters(), watched.named_parameters(), strict=True):
        assert torch.equal(a, b), name


def test_a_trial_looks_at_the_first_views_only(task):
    setting = {"rendering.view_count": 1}
    blinded = task.kept.images.copy()
    blinded[:, 1:] = 0
    other = replace(task, kept=replace(task.kept, images=blinded))
    found = [[], []]
    task(setting, lambda *report: found[0].append(report[:3]))
    other(setting, lambda *report: found[1].append(report[:3]))
    assert found[0] == found[1]


def test_views_are_chosen_by_where_they_are_seen_from_and_one_that_was_not_drawn_is_said(views):
    shown = Rendering(view_count=3, image_size=16, yaws=(0.0, 40.0, -40.0))
    turned = choose_views(views, shown, Rendering(view_count=2, yaws=(-40.0, 0.0)))
    assert np.array_equal(turned.images, views.images[:, [2, 0]])
    assert choose_views(views, shown, Rendering(view_count=3)).images is views.images, "nothing is copied"
    with pytest.raises(UserError, match="no view from 60 degrees was drawn"):
        choose_views(views, shown, Rendering(view_count=1, yaws=(60.0,)))


def test_the_probe_is_never_fitted_on_a_subject_that_it_tests(task, monkeypatch):
    calls, split = [], task.split(CHEAP)

    def spy(exam):
        (part,), subjects = exam.rounds, np.array(split.validation.subjects)
        calls.extend((set(subjects[part.folds == n]), set(subjects[part.folds != n])) for n in part.tested)
        return [exam.targets]

    monkeypatch.setattr(accuracy, "probe", spy)
    model = split.pretrain(lambda *_: None, threads=1)
    assert task.measure(split, model, last=False)[0].value == 1
    assert set.union(*(tested for tested, _ in calls)) == set(split.validation.subjects)
    assert all(not tested & seen for tested, seen in calls)
