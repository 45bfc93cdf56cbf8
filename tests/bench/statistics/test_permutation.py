"""Flips of signs are exact where they are few, and corrections are those of a reference."""

import itertools

import numpy as np
import pytest

from bench.statistics import permutation
from bench.statistics.permutation import correct_all, flip_signs
from bench.statistics.power import resolve


def flip_all(differences):
    """Every flip of every subject, ties as well, one after the other."""
    least = abs(sum(differences)) - 1e-12
    flips = list(itertools.product((1, -1), repeat=len(differences)))
    return sum(abs(sum(s * d for s, d in zip(f, differences, strict=True))) >= least for f in flips) / len(flips)


def test_26_ties_and_4_losses_of_a_clip_are_not_told_apart():
    assert flip_signs(np.array([0.0] * 26 + [-1 / 360] * 4), 0) == 0.125


@pytest.mark.parametrize("seed", range(3))
def test_few_subjects_are_flipped_in_every_way(seed):
    differences = np.random.default_rng(seed).integers(-3, 5, size=9) / 7
    assert flip_signs(differences, 0) == pytest.approx(flip_all(differences.tolist()))


def test_many_subjects_are_flipped_at_random_close_to_the_exact_value(monkeypatch):
    differences = np.random.default_rng(4).normal(0.4, 1, size=13)
    exact = flip_signs(differences, 0)
    monkeypatch.setattr(permutation, "EXACT", 5)
    assert flip_signs(differences, 0) == pytest.approx(exact, abs=0.012)
    assert flip_signs(differences, 0) == flip_signs(differences, 0) != flip_signs(differences, 1)


def test_a_p_value_is_never_zero_and_no_difference_is_one():
    assert flip_signs(np.ones(60), 0) == pytest.approx(1 / (permutation.FLIPS + 1))
    assert flip_signs(np.zeros(8), 0) == 1.0


def test_equal_methods_give_small_p_values_as_rarely_as_they_say():
    rng = np.random.default_rng(0)
    found = [flip_signs(rng.normal(size=12), 0) for _ in range(200)]
    assert 0.01 < np.mean(np.array(found) < 0.05) < 0.1


def test_holm_takes_the_smallest_times_all_the_next_times_one_less_and_never_falls():
    # The example of Holm's procedure by hand: 4 x 0.005, 3 x 0.01, 2 x 0.03, then no less than the one before.
    assert correct_all([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert correct_all([0.5, 0.6]) == [1.0, 1.0]
    assert correct_all([]) == []


def test_the_resolvable_difference_is_found_in_four_of_five_cases():
    rng, subjects = np.random.default_rng(1), 40
    error = 1 / np.sqrt(subjects)  # of the mean of unit normals
    shown = rng.normal(resolve(error, 1), 1, size=(400, subjects)) / subjects
    found = np.mean([abs(d.sum()) > 1.96 * np.sqrt(subjects * d.var(ddof=1)) for d in shown])
    assert found == pytest.approx(0.8, abs=0.06)
    assert resolve(error, 20) > resolve(error, 1)
