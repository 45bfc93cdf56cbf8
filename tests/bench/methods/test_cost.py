"""What a method costs is counted: weights, operations, steps and pictures."""

import dataclasses

import pytest

from bench.methods import METHODS
from bench.methods.cost import Cost, Workload, count_workload, measure_cost
from bench.methods.method import fit_blind
from bench.methods.tower import TowerEncoder
from smile.config import Config, Training, override
from smile.training.pretraining import initialise

#: 36 clips in batches of 8 are 4 steps an epoch.
SETTINGS = override(Config(), {"training.epochs": 2, "training.batch_size": 8})


def cost_of(name, views):
    return measure_cost(fit_blind(METHODS[name], views, SETTINGS, lambda *_: None), views)


@pytest.mark.parametrize(
    ("name", "pictures"),
    [("simclr", 2), ("simclr_views", 2), ("mifar", 4), ("supervised_front", 1), ("smile_none", 2), ("subject_pca", 2)],
)
def test_steps_and_pictures_are_those_of_the_training(name, pictures, make_views):
    cost = cost_of(name, make_views(subjects=6, size=16))
    assert (cost.steps, cost.pictures) == (8, 8 * 8 * pictures)


def test_fine_tuning_costs_both_parts(make_views):
    assert cost_of("finetuned_simclr", make_views(subjects=6, size=16)).pictures == 8 * 8 * (2 + 1)


def test_what_is_not_trained_costs_nothing(make_views):
    views = make_views(subjects=2, size=16)
    assert cost_of("pixels", views) == Cost(parameters=0, gflops=0.0, steps=0, pictures=0)
    assert cost_of("random", views).steps == 0


def test_weights_and_operations_are_those_of_the_formula(make_views):
    views = make_views(subjects=1, size=16)
    face = initialise(SETTINGS, views.images, None)
    cost = measure_cost(TowerEncoder(face, 2), views)
    # Three convolutions (4 x 4 of 1 channel, 3 x 3 of 32 and of 64), two numbers a channel to normalise, a layer.
    weights = 16 * 32 + 9 * 32 * 64 + 9 * 64 * 128 + 2 * (32 + 64 + 128) + (128 * 16 + 1) * 256
    assert cost.parameters == weights
    tower = 16 * 16 * 32 + 4 * 9 * 32 * 64 + 1 * 9 * 64 * 128 + 128 * 16 * 256  # at 4 x 4, 2 x 2 and 1 x 1 places
    head = 256 * 256 + 256 * 64 + 64
    fusion = 2 * (64 + 256) / 2
    assert cost.gflops * 1e9 == pytest.approx(2 * 2 * (tower + head) + 2 * fusion, rel=1e-3)


def test_weights_of_text_do_not_count(make_views):
    views = make_views(subjects=3, size=16)
    assert cost_of("smile_geometry", views).parameters == cost_of("smile_none", views).parameters


def test_twice_the_views_cost_twice_the_operations(make_views):
    views = make_views(subjects=1, size=16)
    face = initialise(SETTINGS, views.images, None)
    one, two = (measure_cost(TowerEncoder(face, count), views).gflops for count in (1, 2))
    assert two == pytest.approx(2 * one, rel=1e-3)


def test_a_batch_is_never_larger_than_the_clips():
    training = dataclasses.replace(Training(), epochs=3, batch_size=32)
    assert count_workload(training, 10, 2) == Workload(3, 60)
    assert count_workload(dataclasses.replace(training, steps=5), 64, 1) == Workload(5, 160)
