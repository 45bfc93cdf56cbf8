"""The optimiser: its rate over a run, and which weights decay."""

from collections.abc import Callable

import pytest

from smile.config import Config
from smile.training.optimizer import make_optimizer, schedule
from smile.training.pretraining import initialise


def test_the_schedule_rises_to_its_peak_and_ends_near_zero() -> None:
    rates = [schedule(step, 100, 0.1) for step in range(100)]
    assert rates[:10] == pytest.approx([0.1 * (step + 1) for step in range(10)])
    assert rates[10:] == sorted(rates[10:], reverse=True) and rates[-1] < 0.001
    assert schedule(0, 10, 0.0) == 1


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
