"""Means are of the sound steps that had a number, and start anew once they are taken."""

import math

import pytest
import torch

from smile.training.averages import Averages


def test_means_are_over_the_sound_steps_that_had_the_number() -> None:
    averages = Averages()
    for sound, values in (
        (True, {"a": 1.0, "b": 10.0}),
        (False, {"a": math.nan, "b": math.inf, "c": 1.0}),
        (True, {"a": 4.0}),
        (True, {"a": 4.0, "b": 30.0}),
    ):
        averages.add(torch.tensor(sound), {name: torch.tensor(value) for name, value in values.items()})
    assert averages.take() == (pytest.approx({"a": 3.0, "b": 20.0}), 1)


def test_what_was_taken_is_forgotten() -> None:
    averages = Averages()
    assert averages.take() == ({}, 0)
    averages.add(torch.tensor(False), {"a": torch.tensor(1.0)})
    assert averages.take() == ({}, 1)
    averages.add(torch.tensor(True), {"a": torch.tensor(7.0)})
    assert averages.take() == ({"a": 7.0}, 0)
