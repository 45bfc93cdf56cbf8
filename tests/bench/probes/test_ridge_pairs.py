"""Pairs of left-out folds by blocks are what solving for both folds at once gives, and no target of theirs is read."""

import numpy as np
import pytest

from bench.probes.nested import Sheet, predict
from bench.probes.ridge import RIDGE_PENALTIES, Ridge

EVERY = range(len(RIDGE_PENALTIES))


def draw(folds, clips=48, width=20, classes=4):
    rng = np.random.default_rng(folds)
    features = rng.normal(size=(clips, width))
    targets = np.eye(classes)[rng.integers(classes, size=clips)]
    return Ridge(features @ features.T / width), rng.permutation(np.arange(clips) % folds), targets


@pytest.mark.parametrize("folds", [3, 10, 24])
def test_blocks_give_what_one_solution_for_both_folds_gives(folds):
    ridge, numbers, targets = draw(folds)
    pairs = ridge.score_pairs(numbers, targets)
    for fold, other in ((0, 1), (folds - 1, 0)):
        rows = np.flatnonzero(np.isin(numbers, (fold, other)))
        masked = targets.copy()
        masked[rows] = 0
        both = ridge.score(EVERY, rows, masked)
        first, second = pairs.score(fold, other)
        np.testing.assert_allclose(first, both[:, numbers[rows] == fold], atol=1e-9, rtol=0)
        np.testing.assert_allclose(second, both[:, numbers[rows] == other], atol=1e-9, rtol=0)


def test_targets_of_the_two_folds_are_never_read():
    ridge, numbers, targets = draw(6)
    spoilt = targets.copy()
    spoilt[np.isin(numbers, (2, 4))] = np.nan
    plain, blind = (ridge.score_pairs(numbers, held).score(2, 4) for held in (targets, spoilt))
    assert all((one == other).all() for one, other in zip(plain, blind, strict=True))


class OneByOne:
    """The same ridge, without what scores pairs together."""

    settings, inner = Ridge.settings, Ridge.inner

    def __init__(self, ridge):
        self.score, self.ask = ridge.score, ridge.ask


def test_the_probe_predicts_the_same_without_blocks():
    ridge, numbers, targets = draw(8)
    sheet = Sheet(targets > 0, numbers, (0, 3, 7), multilabel=False)
    said = predict(ridge, sheet)
    np.testing.assert_array_equal(predict(OneByOne(ridge), sheet), said)
    assert said.any()
