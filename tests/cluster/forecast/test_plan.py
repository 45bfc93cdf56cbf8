"""The simulation keeps its account: nothing lost costs exactly the work, losses cost what was done twice."""

import math

import pytest

from cluster.__main__ import main
from cluster.forecast.plan import Corpus, Fleet, simulate_drawing, simulate_training
from cluster.forecast.step import CARDS, Place, StepWork, forecast_step

PLACE, WORK = Place(CARDS["h100"]), StepWork()


def test_without_losses_shards_take_their_time():
    drawn = simulate_drawing(Corpus(shards=1000), Fleet(machines=64, losses_per_hour=0), 90.0)
    assert drawn.hours == pytest.approx(16 * 90 / 3600)  # 1000 shards in rounds of 64
    assert (drawn.lost, drawn.wasted) == (0, 0)


def test_losses_cost_time_and_the_same_seed_the_same():
    corpus, busy = Corpus(shards=1000), Fleet(machines=64, losses_per_hour=2.0)
    drawn = simulate_drawing(corpus, busy, 600.0, seed=1)
    assert drawn == simulate_drawing(corpus, busy, 600.0, seed=1)
    assert drawn.lost > 100 and drawn.hours > simulate_drawing(corpus, Fleet(losses_per_hour=0), 600.0).hours
    # A machine that lives an hour and a half on average fails in about a third of its shards of ten minutes, half done.
    assert 0.05 < drawn.wasted < 0.35


def test_training_without_losses_is_its_steps():
    step = forecast_step(8, WORK, PLACE)
    found = simulate_training(512_000, 2, step, WORK, PLACE, Fleet(losses_per_hour=0))
    assert found.steps == 2 * 512_000 // (8 * 64) and found.restarts == 0
    assert found.hours == pytest.approx(found.steps * step.seconds / 3600)


def test_each_loss_costs_training_a_restart_and_the_steps_since_the_checkpoint():
    step = forecast_step(64, WORK, PLACE)
    calm = simulate_training(500_000, 600, step, WORK, PLACE, Fleet(losses_per_hour=0))
    busy = simulate_training(500_000, 600, step, WORK, PLACE, Fleet(losses_per_hour=1.0))
    assert busy.restarts > 0
    extra = 3600 * (busy.hours - calm.hours)
    assert busy.restarts * 90 <= extra + 1e-6 <= busy.restarts * (90 + 51 * step.seconds)


def test_the_command_tells_steps_and_plan(capsys):
    assert main(["forecast", "--gpus", "1,8", "--scans", "1000000"]) == 0
    told = capsys.readouterr().out
    assert "A corpus of 1,000,000 scans" in told and "60 epochs on 8 GPUs" in told


@pytest.mark.parametrize("words", [["--gpus", "8,x"], ["--gpus", "0"], ["--scans", "3"], ["--card", "a11g"]])
def test_a_wrong_number_is_one_line(words, capsys):
    assert main(["forecast", *words]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "words", [["--storage", "0"], ["--storage=-1"], ["--gpus", "9" * 4000], ["--gpus", "8,,9"], ["--frames", "0"]]
)
def test_numbers_of_nothing_are_one_line(words, capsys):
    assert main(["forecast", *words]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "at least 1" in said


def test_machines_that_never_live_as_long_as_a_shard_takes_end_the_simulation():
    drawn = simulate_drawing(Corpus(shards=3), Fleet(machines=2), 1e12)
    assert math.isinf(drawn.hours) and drawn.lost > 100
