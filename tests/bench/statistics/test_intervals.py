"""Intervals against a bootstrap written as plain loops, and what resampling over subjects is for."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from bench.statistics import intervals as statistics
from bench.statistics.intervals import bootstrap, bootstrap_seeds
from bench.statistics.metrics import METRICS, count_confusions


def predictions(subjects, seed=0):
    """Subjects differ: some are read well and some badly."""
    rng = np.random.default_rng(seed)
    truth = np.tile(np.arange(6), (subjects, 1))
    right = rng.random((subjects, 6)) < rng.uniform(0.3, 1, size=(subjects, 1))
    return truth, np.where(right, truth, rng.integers(6, size=truth.shape))


def confusions(truth, predicted):
    return np.stack([count_confusions(t, p, 6) for t, p in zip(truth, predicted, strict=True)])


def plain_bootstrap(truth, predicted, score, seed, resamples):
    """The drawn subjects' clips put side by side, scored one resample after the other."""
    values = []
    for who in np.random.default_rng(seed).integers(len(truth), size=(resamples, len(truth))):
        clips = [(t, p) for subject in who for t, p in zip(truth[subject], predicted[subject], strict=True)]
        values.append(score(*map(np.array, zip(*clips, strict=True))))
    return np.quantile(values, 0.025), np.quantile(values, 0.975)


SCORES = {
    "accuracy": accuracy_score,
    "macro_f1": lambda t, p: f1_score(t, p, average="macro", zero_division=0),
    "uar": balanced_accuracy_score,
}


@pytest.mark.parametrize("name", SCORES)
def test_intervals_equal_those_of_plain_loops(name, monkeypatch):
    monkeypatch.setattr(statistics, "RESAMPLES", 150)
    truth, predicted = predictions(8)
    score = bootstrap(confusions(truth, predicted), seed=5)[name]
    low, high = plain_bootstrap(truth, predicted, SCORES[name], seed=5, resamples=150)
    assert (score.low, score.high) == pytest.approx((low, high))


@pytest.mark.parametrize("name", SCORES)
def test_the_value_is_the_score_of_all_clips_and_lies_within(name):
    truth, predicted = predictions(25)
    score = bootstrap(confusions(truth, predicted), seed=0)[name]
    assert score.value == pytest.approx(SCORES[name](truth.ravel(), predicted.ravel()))
    assert score.low < score.value < score.high


def test_same_seed_same_interval():
    matrices = confusions(*predictions(10))
    assert bootstrap(matrices, seed=3) == bootstrap(matrices, seed=3)
    assert bootstrap(matrices, seed=3) != bootstrap(matrices, seed=4)


def test_clips_of_one_subject_stay_together():
    # Half of the subjects all right, the other half all wrong: 12 clips each make it no more certain than 1 each.
    def width(clips):
        truth = np.zeros((20, clips), dtype=int)
        predicted = np.repeat(np.arange(20) % 2, clips).reshape(20, clips)
        score = bootstrap(confusions(truth, predicted), seed=0)["accuracy"]
        return score.high - score.low

    assert width(12) == width(1)


def test_one_subject_gives_an_interval_without_width():
    score = bootstrap(confusions(*predictions(1)), seed=0)["accuracy"]
    assert score.low == score.value == score.high


def test_the_last_digits_of_a_number_do_not_decide_who_is_better():
    metrics = {str(more): lambda counts, more=more: counts[..., 0] / counts[..., 1] + more for more in (0, 1e-12, 1e-8)}
    one, same, better = bootstrap(np.array([[1.0, 3.0], [2.0, 7.0]]), 0, metrics).values()
    assert one == same and better.value > one.value


def test_more_resamples_narrow_the_noise_of_the_ends(monkeypatch):
    matrices = confusions(*predictions(25))

    def spread(resamples):
        monkeypatch.setattr(statistics, "RESAMPLES", resamples)
        return np.std([bootstrap(matrices, seed=s)["accuracy"].low for s in range(12)])

    assert spread(2000) < spread(60)


def test_seeds_that_agree_are_one_seed_and_seeds_that_differ_widen_the_interval():
    one = confusions(*predictions(20))
    alone = bootstrap(one, seed=1)
    assert bootstrap_seeds(np.stack([one] * 3), 1, METRICS) == alone
    shares = np.array([[[right, 10.0]] * 20 for right in (2.0, 5.0, 8.0)])  # subjects alike, seeds not
    (score,) = bootstrap_seeds(shares, 1, {"share": lambda c: c[..., 0] / c[..., 1]}).values()
    assert score.value == pytest.approx(0.5)
    # The mean of three of (0.2, 0.5, 0.8), drawn with replacement: all three alike has a chance of 1 in 27.
    assert (score.low, score.high) == pytest.approx((0.2, 0.8))


def test_subjects_are_resampled_together_with_seeds():
    rng = np.random.default_rng(3)
    right = rng.integers(0, 11, size=(4, 9))
    (score,) = bootstrap_seeds(
        np.stack([right, np.full_like(right, 10)], axis=-1).astype(float), 0, {"share": lambda c: c[..., 0] / c[..., 1]}
    ).values()
    drawn = [np.mean(right[rng.integers(4, size=4)][:, rng.integers(9, size=9)]) / 10 for _ in range(20_000)]
    assert (score.low, score.high) == pytest.approx(np.percentile(drawn, (2.5, 97.5)), abs=0.02)
