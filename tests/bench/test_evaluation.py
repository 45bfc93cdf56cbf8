"""Labels cannot leak, tested subjects cannot be pretrained on, finished encoders are kept."""

import dataclasses
import json
from collections import Counter

import numpy as np
import pytest

from bench.audit.overlap import Leak
from bench.evaluation import Measurement, evaluate
from bench.methods.method import Method
from bench.protocols import PROTOCOLS
from bench.protocols.plan import Group, Plan
from bench.protocols.protocol import Protocol
from smile.config import Config
from smile.data.splits import Folds, deal, order_subjects
from smile.rendering.views import join


class Mean:
    """Embeds a clip as the mean of its pictures over views."""

    def embed(self, views):
        return views.images.mean(axis=1).reshape(len(views), -1).astype(np.float32)


class Spy:
    """Remembers what it was handed."""

    def __init__(self, encoder=None):
        self.fits, self.embedded, self.encoder = [], [], encoder or Mean()

    def fit(self, views, labels, _config, progress):
        self.fits.append((views, labels))
        progress(1, 1)
        return self

    def embed(self, views):
        self.embedded.append(views)
        return self.encoder.embed(views)

    def method(self, **changes):
        return Method("Spy", "unsupervised", self.fit, **changes)


def task_of(views, spy, encoders=5, protocol=PROTOCOLS["tenfold"], **changes):
    plan, classes = protocol.plan(views, encoders)
    views = views.relabel(classes)
    return Measurement(spy.method(**changes), protocol, views, plan, Config())


def run_cells(task, work, said=None):
    return evaluate(task, work=work, progress=lambda *_: None, say=(said if said is not None else []).append)


def run(task, work, said=None):
    """What the linear probe finds on clean faces."""
    (served,) = run_cells(task, work, said).values()
    return served.findings


@pytest.mark.parametrize("encoders", [1, 5, 10])
def test_every_evaluated_clip_is_predicted_once_in_the_order_of_the_data(tmp_path, make_views, encoders):
    views = make_views()
    task = task_of(views, Spy(), encoders)
    predictions = run(task, tmp_path).answers
    expected = [clip for clip, who in zip(views.clip_ids, views.subjects, strict=True) if who in task.plan.evaluated]
    assert [p.clip for p in predictions] == expected
    truth = dict(zip(views.clip_ids, views.labels, strict=True))
    assert all(p.truth == truth[p.clip] for p in predictions)
    assert all(p.subject in task.plan.rounds[0].folds[p.fold] for p in predictions)
    assert np.mean([p.truth == p.predicted for p in predictions]) > 0.8, "the signal in the pictures is found"


@pytest.mark.parametrize("encoders", [1, 5, 10])
def test_no_label_reaches_a_method_that_does_not_use_labels(tmp_path, make_views, encoders):
    views, spy = make_views(), Spy()
    run(task_of(views, spy, encoders), tmp_path)
    assert spy.fits and all(labels is None for _, labels in spy.fits)
    for seen in [views for views, _ in spy.fits] + spy.embedded:
        assert set(seen.labels) == {()}
        assert not any(word in clip.lower() for clip in seen.clip_ids for word in {name for (name,) in views.labels})


def test_a_method_that_uses_labels_gets_those_of_the_pretraining_clips_apart_from_the_views(tmp_path, make_views):
    views, spy = make_views(), Spy()
    task = task_of(views, spy, uses_labels=True)
    run(task, tmp_path)
    for (seen, labels), group in zip(spy.fits, task.plan.groups, strict=True):
        assert set(seen.labels) == {()}
        wanted = [e for e, s in zip(views.labels, views.subjects, strict=True) if s in group.pretraining]
        assert list(labels) == wanted


@pytest.mark.parametrize("encoders", [1, 5, 10])
def test_an_encoder_never_sees_the_subjects_that_it_serves(tmp_path, make_views, encoders):
    views, spy = make_views(), Spy()
    task = task_of(views, spy, encoders)
    run(task, tmp_path)
    assert len(spy.fits) == len(task.plan.groups)
    for (seen, _), group in zip(spy.fits, task.plan.groups, strict=True):
        served = {subject for fold in group.folds for subject in task.plan.rounds[0].folds[fold]}
        assert set(seen.subjects) == set(group.pretraining)
        assert not served & set(seen.subjects)


def test_a_planted_leak_into_pretraining_is_refused(tmp_path, make_views):
    task = task_of(make_views(), Spy())
    first = task.plan.groups[0]
    tested = task.plan.rounds[0].folds[first.folds[0]][0]
    leaky = Group((*first.pretraining, tested), first.folds)
    plan = dataclasses.replace(task.plan, groups=(leaky, *task.plan.groups[1:]))
    with pytest.raises(Leak, match=f"seen in pretraining: {tested}"):
        run(dataclasses.replace(task, plan=plan), tmp_path)


def test_a_signal_in_the_tested_subjects_labels_cannot_be_used(tmp_path, make_views):
    # The embedding is noise plus who the subject is: whoever could train on the tested subjects would do well.
    views = make_views(noise=0.0)
    rng = np.random.default_rng(0)

    class Identity:
        def embed(self, views):
            return rng.normal(size=(len(views), 300)).astype(np.float32)

    predictions = run(task_of(views, Spy(Identity())), tmp_path).answers
    assert np.mean([p.truth == p.predicted for p in predictions]) < 0.4


def test_embeddings_that_are_not_finite_are_refused(tmp_path, make_views):
    class Broken:
        def embed(self, views):
            return np.full((len(views), 2), np.nan, np.float32)

    with pytest.raises(FloatingPointError, match="not finite"):
        run(task_of(make_views(), Spy(Broken())), tmp_path)


def test_a_finished_encoder_is_not_fitted_again_and_the_result_is_the_same(tmp_path, make_views):
    views = make_views()
    whole = run(task_of(views, Spy()), tmp_path / "whole").answers
    spy = Spy()
    task = task_of(views, spy)
    run(task, tmp_path / "work")
    (tmp_path / "work" / "encoder_3.json").unlink()
    again = run(task, tmp_path / "work")
    assert len(spy.fits) == len(task.plan.groups) + 1
    assert again.answers == whole


@pytest.mark.parametrize(
    "damage", ["", "{", '{"cells": [[["clean", "linear_probe"], {"findings": {}}]]}', "[]", '{"cells": []}']
)
def test_a_damaged_part_is_fitted_again_and_said(tmp_path, make_views, damage):
    views, spy, said = make_views(), Spy(), []
    task = task_of(views, spy, 1)
    whole = run(task, tmp_path)
    (tmp_path / "encoder_0.json").write_text(damage)
    assert run(task, tmp_path, said).answers == whole.answers
    assert len(spy.fits) == 2
    assert len(said) == 1 and "encoder_0.json is damaged" in said[0]


def test_what_is_kept_is_json_of_predictions_alone(tmp_path, make_views):
    run(task_of(make_views(), Spy(), 1), tmp_path)
    content = json.loads((tmp_path / "encoder_0.json").read_text())
    ((cell, served),) = content["cells"]
    assert cell == ["clean", "linear_probe"]
    assert set(served) == {"findings", "seconds", "reason", "cost"} and set(served["findings"]) == {
        "answers",
        "tallies",
    }
    assert served["seconds"] > 0


def repeated(rounds):
    """A protocol that deals the same subjects anew, as P1 does, with one encoder for the others."""

    def draw(pool, _encoders):
        names = sorted(pool.counted)
        tested, others = names[:8], tuple(names[8:])
        parts = tuple(deal(order_subjects(tested, k), 4) for k in range(rounds))
        return Plan(parts, (Group(others, (0, 1, 2, 3)),))

    return Protocol("repeated", 1, "dealt anew", (), lambda views: views.labels, draw)


def test_rounds_are_counted_and_a_clip_is_named_once_for_each_thing_said_of_it(tmp_path, make_views):
    task = task_of(make_views(noise=90.0), Spy(), protocol=repeated(6))
    served = run(task, tmp_path)
    said = {}
    for one in served.answers:
        said.setdefault(one.clip, []).append(one)
    assert len(said) == 8 * 6
    assert {sum(one.times for one in ones) for ones in said.values()} == {6}
    assert any(len(ones) > 1 for ones in said.values()), "nothing differs between rounds: noise is too low to test"
    assert all(len({one.predicted for one in ones}) == len(ones) for ones in said.values())
    assert {one.fold for one in served.answers} == {-1}


def test_a_round_alone_gives_what_it_gives_among_others(tmp_path, make_views):
    task = task_of(make_views(noise=90.0), Spy(), protocol=repeated(3))
    alone = Counter()
    for number, part in enumerate(task.plan.rounds):
        one_round = dataclasses.replace(task, plan=dataclasses.replace(task.plan, rounds=(part,)))
        for one in run(one_round, tmp_path / str(number)).answers:
            alone[one.clip, one.predicted] += one.times
    assert {(one.clip, one.predicted): one.times for one in run(task, tmp_path / "all").answers} == alone


def test_a_planted_leak_inside_a_round_is_refused(tmp_path, make_views):
    task = task_of(make_views(), Spy(), protocol=repeated(3))
    folds = list(task.plan.rounds[2].folds)
    folds[0] = (*folds[0], folds[1][0])
    plan = dataclasses.replace(task.plan, rounds=(*task.plan.rounds[:2], Folds(tuple(folds))))
    with pytest.raises(Leak, match=f"another fold of the round: {folds[1][0]}"):
        run(dataclasses.replace(task, plan=plan), tmp_path)


def test_a_planted_leak_in_the_last_round_alone_is_refused(tmp_path, make_views):
    task = task_of(make_views(), Spy(), protocol=repeated(3))
    stranger, seen = task.plan.rounds[2].folds[3][0], task.plan.groups[0].pretraining[0]
    last = Folds(tuple(tuple(seen if n == stranger else n for n in fold) for fold in task.plan.rounds[2].folds))
    plan = dataclasses.replace(task.plan, rounds=(*task.plan.rounds[:2], last))
    with pytest.raises(Leak, match=f"seen in pretraining: {seen}"):
        run(dataclasses.replace(task, plan=plan), tmp_path)


def test_one_name_in_both_data_sets_is_refused_across(tmp_path, make_clips):
    shown = (("happiness", "T1"), ("disgust", "T8"))
    rows = [(f"F00{n}", what, {"task": task}) for n in range(4) for what, task in shown]
    task = task_of(
        join([make_clips("bu4dfe", rows), make_clips("bp4d", rows)]), Spy(), protocol=PROTOCOLS["bu4dfe_bp4d"]
    )
    assert len(run(task, tmp_path / "sound").answers) == 8
    tested = task.plan.rounds[0].folds[0][0]
    renamed = tuple(
        dataclasses.replace(clip, subject=tested) if clip.subject == "bu4dfe:F002" else clip
        for clip in task.views.clips
    )
    group = task.plan.groups[0]
    leaky = dataclasses.replace(
        task,
        protocol=dataclasses.replace(task.protocol, pretrain_on=None),
        views=dataclasses.replace(task.views, clips=renamed),
        plan=dataclasses.replace(task.plan, groups=(Group((*group.pretraining, tested), group.folds),)),
    )
    with pytest.raises(Leak, match=f"seen in pretraining: {tested}"):
        run(leaky, tmp_path / "leaky")


def test_encoders_see_all_clips_of_their_subjects_and_with_labels_only_those_that_count(tmp_path, make_views):
    views = make_views()
    some = dataclasses.replace(
        PROTOCOLS["tenfold"], classify=lambda views: tuple(() if own == ("fear",) else own for own in views.labels)
    )
    for uses_labels, clips in ((False, 6), (True, 5)):
        spy = Spy()
        task = task_of(views, spy, 5, some, uses_labels=uses_labels)
        served = run(task, tmp_path / str(uses_labels))
        assert [len(seen) for seen, _ in spy.fits] == [clips * len(group.pretraining) for group in task.plan.groups]
        assert all(labels is None or () not in labels for _, labels in spy.fits)
        assert len(served.answers) == 12 * 5


def test_encoders_are_kept_from_clips_that_the_protocol_keeps_from_them(tmp_path, make_views):
    spy = Spy()
    kept = dataclasses.replace(
        PROTOCOLS["tenfold"], pretrain_on=lambda views: [name.endswith("anger") for name in views.clip_ids]
    )
    task = task_of(make_views(), spy, 5, kept)
    run(task, tmp_path)
    assert [len(seen) for seen, _ in spy.fits] == [len(group.pretraining) for group in task.plan.groups]


def test_several_classes_a_clip_are_told_in_words(tmp_path, make_views):
    joint = {("anger",): ("anger", "fear")}
    several = dataclasses.replace(
        PROTOCOLS["tenfold"],
        classify=lambda views: tuple(joint.get(own, own) for own in views.labels),
        multilabel=True,
    )
    served = run(task_of(make_views(noise=0.0), Spy(), 5, several), tmp_path)
    assert {one.truth for one in served.answers if one.clip.endswith("anger")} == {("anger", "fear")}
    assert np.mean([one.truth == one.predicted for one in served.answers]) > 0.8
