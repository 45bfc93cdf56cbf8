"""Learners learn, look where they say they look, and do not depend on the number of workers."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from bench.methods import METHODS
from bench.methods.method import Unsuitable, fit_blind
from bench.methods.unsupervised import UNSUPERVISED
from bench.methods.unsupervised.learner import Teacher, _measure, over_pairs, raise_momentum
from bench.methods.unsupervised.positives import Positives
from smile.config import Config, override
from smile.training.batches import Batches
from smile.training.pretraining import initialise
from tests.bench.methods.workers import compare_workers

SMALL = override(Config(), {"training.epochs": 1, "training.batch_size": 8})


def quiet(*_):
    pass


def fits_of_all():
    return {name: one.fit for name, one in UNSUPERVISED.items() if isinstance(one.fit, Positives)}


@pytest.mark.slow
@pytest.mark.parametrize("name", fits_of_all())
def test_two_workers_have_the_gradient_of_one(name, make_views, monkeypatch):
    fit = fits_of_all()[name]
    images = make_views(subjects=2, size=16).first_views(2 if fit.all_views else 1).images
    face = initialise(SMALL, images, None)
    learner = fit.learner.load()(face, SMALL, 10)
    batches = Batches(images, SMALL.training, twins=fit.twins)
    compare_workers(learner.double(), _measure, _Double(batches), monkeypatch)


class _Double:
    """Batches in double precision, so that only a true difference is one."""

    def __init__(self, batches):
        self.batches = batches

    def read(self, step, device):
        batch = self.batches.read(step, device)
        twins = None if batch.twin_pixels is None else batch.twin_pixels.double()
        return dataclasses.replace(batch, pixels=batch.pixels.double(), twin_pixels=twins)


@pytest.mark.parametrize("name", ["simclr_views", "byol_views", "cmc"])
def test_views_that_shall_agree_need_several(name, make_views):
    views = make_views(subjects=2, size=16)
    with pytest.raises(Unsuitable, match="needs several views"):
        fit_blind(METHODS[name], dataclasses.replace(views, images=views.images[:, :1]), SMALL, quiet)


@pytest.mark.parametrize("name", ["cmc", "mifar"])
def test_each_view_has_an_encoder_of_its_own(name, make_views):
    views = make_views(subjects=2, size=16)
    encoder = fit_blind(METHODS[name], views, SMALL, quiet)
    swapped = dataclasses.replace(views, images=np.ascontiguousarray(views.images[:, ::-1]))
    halves = [np.split(encoder.embed(one), 2, axis=1) for one in (views, swapped)]
    assert len(encoder.model) == 2
    assert not np.allclose(halves[0][0], halves[1][1])


def test_a_teacher_follows_by_its_momentum_and_gets_no_gradient():
    net = nn.Linear(2, 1, bias=False)
    teacher = Teacher(net)
    old = teacher.net.weight.clone()
    with torch.no_grad():
        net.weight += 1
    teacher.follow(net, 0.75)
    torch.testing.assert_close(teacher.net.weight, old + 0.25)
    assert not teacher(torch.ones(1, 2)).requires_grad


def test_momentum_rises_from_its_start_to_one():
    assert [raise_momentum(0.9, step, 10) for step in (0, 5, 10)] == pytest.approx([0.9, 0.95, 1.0])


def test_pairs_are_counted_once_each():
    seen = []
    assert float(over_pairs(3, lambda u, v: seen.append((u, v)) or torch.tensor(float(u + v)))) == 2
    assert seen == [(0, 1), (0, 2), (1, 2)]


@pytest.mark.parametrize("name", ["byol", "dino"])
def test_the_teacher_moves_in_training(name, make_views):
    images = make_views(subjects=2, size=16).first_views(1).images
    learner = UNSUPERVISED[name].fit.learner.load()(initialise(SMALL, images, None), SMALL, 10)
    batches = Batches(images, SMALL.training, twins=True)
    before = [value.clone() for value in learner.teacher.parameters()]
    with torch.no_grad():
        for value in learner.face.image.parameters():
            value.add_(1)
    learner.measure(dataclasses.replace(batches.read(0, torch.device("cpu")), step=0))
    assert any(not torch.equal(old, new) for old, new in zip(before, learner.teacher.parameters(), strict=True))
