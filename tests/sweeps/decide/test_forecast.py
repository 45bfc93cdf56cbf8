import pytest

from sweeps.allowance import Allowance
from sweeps.decide.forecast import describe_forecast, expect_share, forecast
from sweeps.draw.scheduling import SCHEDULERS
from sweeps.effort import Effort

HALVING = SCHEDULERS["asha"].halving
EFFORT = Effort(trials=50, epochs=30, seed=0, concurrency=2, gpus=1.0, allowance=Allowance())


def test_halving_at_each_rung_runs_the_share_that_counting_gives():
    trials, run = 64, 0
    for rung, before, alive in ((8, 0, trials), (16, 8, trials // 2), (30, 16, trials // 4)):
        run += alive * (rung - before)
    assert expect_share(30, HALVING) == pytest.approx(run / (trials * 30))
    assert expect_share(1, HALVING) == 1
    twice = (8 + 8 / 2 + 14 / 4 + 30 / 8) / 60  # the second training is for those that the end of the first one keeps
    assert expect_share(30, HALVING, 2) == pytest.approx(twice)
    hasty = (2 + 6 / 4 + 22 / 16) / 30
    assert expect_share(30, SCHEDULERS["hasty"].halving) == pytest.approx(hasty)


def test_time_falls_with_what_is_done_and_with_trials_at_a_time():
    found = forecast(EFFORT, 10, 60.0)
    assert (found.trials, found.longest) == (40, 40 * 60 / 2)
    assert found.seconds == pytest.approx(found.longest * expect_share(30, HALVING))
    assert found.gpu_hours == pytest.approx(40 * expect_share(30, HALVING) * 60 / 3600)
    assert forecast(EFFORT, 60, 60.0).seconds == 0


def test_the_words_hold_time_hours_and_price():
    said = describe_forecast("loss_weights", forecast(EFFORT, 0, 60.0), EFFORT, 60.0, 3.0)
    assert "50 of 50 trials are missing; a whole one takes 60.0 s here" in said
    assert "GPU hours: about 0.43" in said and "price: about 1.29 at 3 an hour" in said
