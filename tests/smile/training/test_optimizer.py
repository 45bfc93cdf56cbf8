"""The optimiser: its rate over a run, and which weights decay."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.optim import AdamW

from smile.config import Config, Training
from smile.training.optimizer import make_optimizer, schedule, set_rate, step_if_sound
from smile.training.pretraining import initialise


def test_the_schedule_rises_to_its_peak_and_ends_near_zero() -> None:
    rates = [schedule(step, 100, 0.1) for step in range(100)]
    assert rates[:10] == pytest.approx([0.1 * (step + 1) for step in range(10)])
    assert rates[10:] == sorted(rates[10:], reverse=True) and rates[-1] < 0.001
    assert rates[55] == pytest.approx(0.5) and rates[10] == 1
    assert rates[33] == pytest.approx((1 + math.cos(math.pi * 23 / 90)) / 2)
    assert schedule(0, 10, 0.0) == 1 == schedule(0, 1, 1.0) == schedule(1, 1, 1.0)


def test_every_group_has_the_rate_of_the_step_times_its_own_multiplier() -> None:
    settings = Training(learning_rate=0.01, warmup=0.5)
    weights = [nn.Parameter(torch.ones(1)) for _ in range(2)]
    optimizer = AdamW([{"params": [weight], "multiplier": k} for weight, k in zip(weights, (1.0, 0.1), strict=True)])
    assert set_rate(optimizer, settings, 1, 8) == pytest.approx(0.005)
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.005, 0.0005])


def test_a_step_that_is_not_sound_moves_neither_weights_nor_the_optimiser_s_state() -> None:
    model = nn.Linear(2, 1)
    optimizer = make_optimizer(model, Training(learning_rate=0.1))
    seen = []
    for sound in (True, False, True):
        optimizer.zero_grad()
        model(torch.ones(1, 2)).sum().backward()
        step_if_sound(optimizer, torch.tensor(sound))
        state = [value.clone() for one in optimizer.state.values() for value in one.values()]
        seen.append([*(weight.detach().clone() for weight in model.parameters()), *state])
    first, skipped, last = seen
    assert all(torch.equal(one, other) for one, other in zip(first, skipped, strict=True))
    assert not any(torch.equal(one, other) for one, other in zip(first[:2], last[:2], strict=True))


def test_biases_norms_and_the_temperature_do_not_decay(small: Config, easy_task: Callable) -> None:
    images, captions, _ = easy_task(8, 0)
    model = initialise(small, images, captions)
    decaying, free = make_optimizer(model, small.training).param_groups
    assert decaying["weight_decay"] == 0.05 and free["weight_decay"] == 0
    spared = {id(value) for value in free["params"]}
    for name, value in model.named_parameters():
        assert (id(value) in spared) == (
            name.endswith("bias") or "orm" in name or name == "log_scale" or value.ndim < 2
        )
