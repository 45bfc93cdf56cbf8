"""Rank correlations against scipy, and what is left out."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from sweeps.decide.agreement import correlate_ranks, find_agreements
from sweeps.ledger import COMPLETE, Trial


def make_trials(count, noise):
    rng = np.random.default_rng(1)
    accuracy = rng.normal(size=count)
    others = {"retrieval": accuracy + noise * rng.normal(size=count), "uniformity": rng.normal(size=count)}
    return [
        Trial(n, {"x": n}, COMPLETE, 0.5, ((8, 0.5),), "", 1.0, {}, "tpe",
              {"uar": accuracy[n], "view_distance": 0.0, **{name: values[n] for name, values in others.items()}})
        for n in range(count)
    ]  # fmt: skip


def test_it_is_the_correlation_of_scipy_with_ties_too():
    rng = np.random.default_rng(0)
    pairs = rng.integers(0, 5, size=(20, 12, 2)).astype(float)
    expected = [spearmanr(one[:, 0], one[:, 1]).statistic for one in pairs]
    assert correlate_ranks(pairs) == pytest.approx(expected)
    assert correlate_ranks(np.zeros((1, 4, 2))) == 0


def test_an_objective_that_follows_accuracy_agrees_and_one_that_does_not_has_an_interval_around_zero():
    found = {one.objective: one for one in find_agreements(make_trials(40, noise=0.3))}
    assert set(found) == {"retrieval", "uniformity"}, "one that never changes is left out"
    assert found["retrieval"].rho.low > 0.8 and found["retrieval"].trials == 40
    assert found["uniformity"].rho.low < 0 < found["uniformity"].rho.high


def test_few_trials_and_trials_that_do_not_tell_give_none():
    trials = make_trials(20, 0.1)
    assert find_agreements(trials[:7]) == []
    silent = [Trial(n, {"x": n}, COMPLETE, 0.5, ((8, 0.5),), "", 1.0) for n in range(20)]
    assert find_agreements(silent) == []
