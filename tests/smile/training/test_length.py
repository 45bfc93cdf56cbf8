"""The length of a run is stated in steps, or follows from epochs."""

import pytest

from smile.config import Training
from smile.training.length import count_steps


@pytest.mark.parametrize(
    ("settings", "clips", "steps"),
    [
        (Training(steps=7, epochs=100), 50, 7),
        (Training(steps=0, epochs=10, batch_size=8), 50, 60),  # six whole batches an epoch
        (Training(steps=0, epochs=10, batch_size=64), 50, 10),  # a batch of all
    ],
)
def test_steps_are_those_of_whole_batches(settings, clips, steps):
    assert count_steps(settings, clips) == steps
