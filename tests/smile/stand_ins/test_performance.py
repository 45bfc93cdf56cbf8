"""What all performances share is slow and bounded where it is stated, and drawn anew for every name."""

import numpy as np

from smile.stand_ins.performance import Act, generator, wander


def test_wandering_is_slow_and_bounded() -> None:
    times = np.linspace(0, 4, 401)
    curves = wander(np.random.default_rng(0), times, 4.0, 50)
    assert curves.shape == (401, 50)
    assert np.abs(curves).max() <= 1
    assert np.abs(np.diff(curves, axis=0)).max() < 0.05


def test_generators_depend_on_every_name() -> None:
    draws = {generator(*key).random() for key in [(0, "a", "b"), (1, "a", "b"), (0, "ab"), (0, "a", "c"), (0, "a", 1)]}
    assert len(draws) == 5


def test_a_second_take_has_a_name_and_a_first_one_the_labels_alone() -> None:
    assert [Act(("fear",), take).name for take in range(3)] == ["fear", "fear 2", "fear 3"]
    assert Act(("Surprise", "Positive")).name == "Surprise and Positive"
