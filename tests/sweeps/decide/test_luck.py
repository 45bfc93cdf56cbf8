import math

import numpy as np
import pytest

from sweeps.decide.luck import expect_best, find_error


@pytest.mark.parametrize("count", [2, 8, 50])
def test_the_best_of_equal_settings_lies_as_high_as_in_a_simulation(count):
    drawn = np.random.default_rng(0).normal(0, 0.03, (20_000, count)).max(axis=1)
    assert expect_best(count, 0.03) == pytest.approx(drawn.mean(), abs=5 * drawn.std() / 20_000**0.5)


def test_two_have_the_known_value_and_one_has_no_luck():
    assert expect_best(2, 1.0) == pytest.approx(1 / math.sqrt(math.pi), abs=1e-6)
    assert expect_best(1, 1.0) == 0


def test_the_error_is_that_of_the_subjects_means():
    right = {"A": (3, 6), "B": (6, 6), "C": (0, 6), "D": (3, 6)}
    assert find_error(right) == pytest.approx(np.std([0.5, 1, 0, 0.5], ddof=1) / 2)
    assert math.isnan(find_error({"A": (3, 6)}))
