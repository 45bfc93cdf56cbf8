"""Flips of signs are exact where they are few, and corrections are those of a reference."""

import itertools

import numpy as np
import pytest

from bench.statistics import permutation
from bench.statistics.metrics import accuracy, macro_f1
from bench.statistics.permutation import correct_all, flip_signs, swap_subjects
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


def draw_counts(subjects, seed=0):
    """What two methods said of each subject: confusion matrices of three classes."""
    rng = np.random.default_rng(seed)
    return tuple(rng.integers(0, 4, size=(subjects, 3, 3)).astype(float) for _ in range(2))


def test_swaps_of_an_accuracy_are_flips_of_its_differences():
    rng = np.random.default_rng(3)
    for subjects in (9, 40):
        right = rng.integers(0, 11, size=(2, subjects)).astype(float)
        counts = [np.stack([np.stack([own, 10 - own], 1), np.zeros((subjects, 2))], 1) for own in right]
        told = flip_signs(right[0] - right[1], 5)
        assert swap_subjects(*counts, accuracy, 5) == pytest.approx(told, abs=0.01 * (subjects > 14))


def test_swaps_of_an_f1_are_all_that_there_are():
    ours, theirs = draw_counts(6)
    found = []
    for which in itertools.product((False, True), repeat=6):
        chosen = np.array(which)[:, None, None]
        first, second = np.where(chosen, theirs, ours).sum(0), np.where(chosen, ours, theirs).sum(0)
        found.append(abs(plain_f1(first) - plain_f1(second)))
    least = abs(plain_f1(ours.sum(0)) - plain_f1(theirs.sum(0)))
    expected = np.mean(np.array(found) >= least - 1e-12)
    assert 1 / 32 < swap_subjects(ours, theirs, macro_f1, 0) == expected < 1


def plain_f1(matrix):
    found = []
    for k in range(3):
        precision, recall = matrix[k, k] / matrix[:, k].sum(), matrix[k, k] / matrix[k].sum()
        found.append(2 * precision * recall / (precision + recall))
    return np.mean(found)


def test_swaps_reject_as_often_as_they_say_where_nothing_differs():
    found = [swap_subjects(*draw_counts(10, seed), macro_f1, 0) for seed in range(200)]
    assert 0.02 < np.mean(np.array(found) < 0.1) < 0.18
    ours, _ = draw_counts(10)
    assert swap_subjects(ours, ours, macro_f1, 0) == 1.0
