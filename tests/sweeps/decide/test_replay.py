"""Replayed curves: what was run is counted, and a scheduler's choice is found among all trials."""

import numpy as np
import pytest

from sweeps.decide.replay import choose_whole, describe_saving, replay, replay_often
from sweeps.draw.scheduling import make_judge
from sweeps.ledger import COMPLETE, PRUNED, Trial

EPOCHS, REPORTS = 30, (2, 4, 8, 16, 30)


def trial(number, curve, state=COMPLETE):
    history = tuple(zip(REPORTS, map(float, curve), strict=False))
    return Trial(number, {"x": number}, state, history[-1][1], history, "", 1.0)


def make_trials(count=64, noise=0.02, seed=0):
    """Trials whose value at a rung tells of their last one, but for noise."""
    rng = np.random.default_rng(seed)
    return [
        trial(n, quality + noise * rng.standard_normal(len(REPORTS)))
        for n, quality in enumerate(rng.permutation(np.linspace(0, 1, count)))
    ]


def test_with_no_judge_everything_runs_and_the_best_is_chosen():
    trials = make_trials(9)
    found = replay(trials, range(9), 2, lambda *_: True)
    assert (found.epochs, found.of, found.rank) == (9 * EPOCHS, 9 * EPOCHS, 0)


def test_more_places_than_trials_stay_empty():
    trials = make_trials(9)
    assert replay(trials, range(9), 2**40, lambda *_: True) == replay(trials, range(9), 9, lambda *_: True)


def test_what_a_judge_stops_runs_to_its_rung_and_no_further():
    trials = [trial(0, [1, 1, 1, 1, 0]), trial(1, [0, 0, 0, 0, 1]), trial(2, [2, 2, 2, 2, 0.5])]
    asked = []

    def judge(number, epoch, _value):
        asked.append((number, epoch))
        return number != 1 or epoch < 4

    found = replay(trials, [1, 0, 2], 1, judge)
    assert found.epochs == 4 + 30 + 30 and found.rank == 1, "the best one was stopped: the next best is chosen"
    assert asked == [(1, 2), (1, 4), *((0, epoch) for epoch in REPORTS), *((2, epoch) for epoch in REPORTS)]


def test_trials_at_a_time_report_in_the_order_of_the_clock():
    asked = []
    replay(make_trials(3), [0, 1, 2], 2, lambda number, epoch, _: asked.append((epoch, number)) or epoch < 4)
    assert asked[:4] == [(2, 0), (2, 1), (4, 0), (4, 1)] and asked[4:] == [(2, 2), (4, 2)]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("none", 1.0), ("median", 1.05), ("asha", 1.5), ("hasty", 4.0)])
def test_schedulers_of_tune_save_what_they_promise_where_curves_tell(name, least):
    saving = replay_often(make_trials(), 2, 20, 0, lambda: make_judge(name, EPOCHS, spared=0))
    assert saving.factor >= least and (saving.factor == 1.0) == (name == "none")
    assert saving.kept >= 0.9 and saving.trials == 64
    assert f"{saving.factor:.2f} times less compute" in describe_saving(name, saving)


def test_curves_that_cross_lose_the_best_trial_and_that_is_told():
    trials = [trial(n, [-n, -n, -n, -n, n]) for n in range(32)]
    saving = replay_often(trials, 2, 20, 0, lambda: make_judge("hasty", EPOCHS, spared=0))
    assert saving.kept < 0.5


def test_the_default_always_runs_to_its_end_and_the_seed_decides_the_orders():
    trials = [trial(0, [-1] * 5), *make_trials(31, seed=1)]
    ends = []
    judge = make_judge("hasty", EPOCHS, spared=0)
    replay(trials, range(32), 1, lambda *asked: ends.append(asked[:2]) or judge(*asked))
    assert (0, EPOCHS) in ends
    first, again, other = (replay_often(trials, 2, 3, seed, lambda: make_judge("asha", 30, 0)) for seed in (0, 0, 1))
    assert first == again and first.factor != other.factor


def test_only_whole_trials_are_replayed():
    assert choose_whole([trial(0, [1] * 5), trial(1, [1], PRUNED)]) == [trial(0, [1] * 5)]
