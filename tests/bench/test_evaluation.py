"""Labels cannot leak, tested subjects cannot be pretrained on, finished encoders are kept."""

import dataclasses
import json

import numpy as np
import pytest

from bench.audit import Leak
from bench.evaluation import Task, evaluate, score
from bench.methods.method import Method
from bench.metrics import METRICS, count_confusions
from bench.protocols import PROTOCOLS
from bench.protocols.folds import Group, draw_plan
from smile.config import Config


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


def task_of(views, spy, scheme="pairs", **changes):
    plan = draw_plan(views.subjects, scheme, seed=0)
    return Task(spy.method(**changes), PROTOCOLS["linear_probe"], views, plan, Config())


def run(task, work, said=None):
    return evaluate(task, work=work, progress=lambda *_: None, say=(said if said is not None else []).append)


@pytest.mark.parametrize("scheme", ["apart", "pairs", "each"])
def test_every_evaluated_clip_is_predicted_once_in_the_order_of_the_data(tmp_path, make_views, scheme):
    views = make_views()
    task = task_of(views, Spy(), scheme)
    predictions = run(task, tmp_path).predictions
    expected = [clip for clip, who in zip(views.clip_ids, views.subjects, strict=True) if who in task.plan.evaluated]
    assert [p.clip for p in predictions] == expected
    truth = dict(zip(views.clip_ids, views.expressions, strict=True))
    assert all(p.truth == truth[p.clip] for p in predictions)
    assert all(p.subject in task.plan.folds.folds[p.fold] for p in predictions)
    assert np.mean([p.truth == p.predicted for p in predictions]) > 0.8, "the signal in the pictures is found"


@pytest.mark.parametrize("scheme", ["apart", "pairs", "each"])
def test_no_label_reaches_a_method_that_does_not_use_labels(tmp_path, make_views, scheme):
    views, spy = make_views(), Spy()
    run(task_of(views, spy, scheme), tmp_path)
    assert spy.fits and all(labels is None for _, labels in spy.fits)
    for seen in [views for views, _ in spy.fits] + spy.embedded:
        assert set(seen.expressions) == {""}
        assert not any(word in clip.lower() for clip in seen.clip_ids for word in set(views.expressions))


def test_a_method_that_uses_labels_gets_those_of_the_pretraining_clips_apart_from_the_views(tmp_path, make_views):
    views, spy = make_views(), Spy()
    task = task_of(views, spy, uses_labels=True)
    run(task, tmp_path)
    for (seen, labels), group in zip(spy.fits, task.plan.groups, strict=True):
        assert set(seen.expressions) == {""}
        wanted = [e for e, s in zip(views.expressions, views.subjects, strict=True) if s in group.pretraining]
        assert list(labels) == wanted


@pytest.mark.parametrize("scheme", ["apart", "pairs", "each"])
def test_an_encoder_never_sees_the_subjects_that_it_serves(tmp_path, make_views, scheme):
    views, spy = make_views(), Spy()
    task = task_of(views, spy, scheme)
    run(task, tmp_path)
    assert len(spy.fits) == len(task.plan.groups)
    for (seen, _), group in zip(spy.fits, task.plan.groups, strict=True):
        served = {subject for fold in group.folds for subject in task.plan.folds.folds[fold]}
        assert set(seen.subjects) == set(group.pretraining)
        assert not served & set(seen.subjects)


def test_a_planted_leak_into_pretraining_is_refused(tmp_path, make_views):
    task = task_of(make_views(), Spy())
    first = task.plan.groups[0]
    tested = task.plan.folds.folds[first.folds[0]][0]
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

    predictions = run(task_of(views, Spy(Identity())), tmp_path).predictions
    assert np.mean([p.truth == p.predicted for p in predictions]) < 0.4


def test_embeddings_that_are_not_finite_are_refused(tmp_path, make_views):
    class Broken:
        def embed(self, views):
            return np.full((len(views), 2), np.nan, np.float32)

    with pytest.raises(FloatingPointError, match="not finite"):
        run(task_of(make_views(), Spy(Broken())), tmp_path)


def test_a_finished_encoder_is_not_fitted_again_and_the_result_is_the_same(tmp_path, make_views):
    views = make_views()
    whole = run(task_of(views, Spy()), tmp_path / "whole").predictions
    spy = Spy()
    task = task_of(views, spy)
    run(task, tmp_path / "work")
    (tmp_path / "work" / "encoder_3.json").unlink()
    again = run(task, tmp_path / "work")
    assert len(spy.fits) == len(task.plan.groups) + 1
    assert again.predictions == whole


@pytest.mark.parametrize("damage", ["", "{", '{"predictions": [{}], "seconds": 1}', "[]"])
def test_a_damaged_part_is_fitted_again_and_said(tmp_path, make_views, damage):
    views, spy, said = make_views(), Spy(), []
    task = task_of(views, spy, "apart")
    whole = run(task, tmp_path)
    (tmp_path / "encoder_0.json").write_text(damage)
    assert run(task, tmp_path, said).predictions == whole.predictions
    assert len(spy.fits) == 2
    assert len(said) == 1 and "encoder_0.json is damaged" in said[0]


def test_what_is_kept_is_json_of_predictions_alone(tmp_path, make_views):
    run(task_of(make_views(), Spy(), "apart"), tmp_path)
    content = json.loads((tmp_path / "encoder_0.json").read_text())
    assert set(content) == {"predictions", "seconds"}
    assert content["seconds"] > 0


def test_scores_are_those_of_the_predictions(tmp_path, make_views):
    predictions = run(task_of(make_views(noise=60.0), Spy()), tmp_path).predictions
    names = sorted({p.truth for p in predictions})
    truth, predicted = (np.array([names.index(getattr(p, w)) for p in predictions]) for w in ("truth", "predicted"))
    found = score(predictions, seed=0)
    for name, metric in METRICS.items():
        assert found[name].value == pytest.approx(float(metric(count_confusions(truth, predicted, 6))))
