"""What views are worth: scores over people, differences between the same people, and the median price."""

import pytest

from sweeps.decide.saved import find_saved
from sweeps.decide.views_worth import VIEWS, weigh_views
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Trial


def trial(number, views, told, seconds, state=COMPLETE):
    right = {f"S{person}": (value, 10) for person, value in enumerate(told)}
    return Trial(number, {VIEWS: views, "x": number}, state, 0.5, ((8, 0.5),), "", seconds, right)


TRIALS = [
    trial(0, 3, [2, 4, 6, 8], 10),
    trial(1, 1, [1, 3, 5, 7], 3),
    trial(2, 1, [1, 5, 5, 9], 5),
    trial(3, 1, [9, 9, 9, 9], 90, PRUNED),
    trial(4, 7, [3, 5, 7, 9], 20),
]


def test_each_number_of_views_has_its_score_its_difference_and_its_price():
    one, three, seven = weigh_views(TRIALS, 3)
    assert [(found.views, found.trials, found.seconds) for found in (one, three, seven)] == [
        (1, 2, 4),
        (3, 1, 10),
        (7, 1, 20),
    ]
    assert [found.score.value for found in (one, three, seven)] == pytest.approx([0.45, 0.5, 0.6])
    assert one.score.low < 0.45 < one.score.high
    assert three.difference is None
    assert one.difference.value == pytest.approx(-0.05)
    # Each person gains one of ten clips: people differ much, and the difference is sure.
    assert vars(seven.difference) == pytest.approx({"value": 0.1, "low": 0.1, "high": 0.1})
    assert seven.score.high - seven.score.low > 0.2


def test_without_the_default_there_is_no_difference():
    assert [found.difference for found in weigh_views(TRIALS[1:], 3)] == [None, None]
    assert weigh_views([trial(0, 3, [1], 1, PRUNED)], 3) == []


def test_epochs_that_did_not_run_are_counted():
    curves = {COMPLETE: ((8, 0.5), (32, 0.5)), PRUNED: ((8, 0.5),), FAILED: ()}
    trials = [
        Trial(number, {}, state, None if state == FAILED else 0.5, curves[state], "", 1.0)
        for number, state in enumerate((COMPLETE, PRUNED, PRUNED, FAILED))
    ]
    saved = find_saved(trials, 32)
    assert (saved.run, saved.whole, saved.stopped) == (48, 96, 2)
    assert saved.describe() == "early stopping ran 48 of 96 epochs: 2.00 times less compute"
    assert find_saved(trials[:1], 32).describe() == "no trial was stopped early; all 32 epochs ran"
