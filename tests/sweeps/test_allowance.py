import pytest

from smile.errors import UserError
from sweeps.allowance import Allowance, Meter, parse_gpu_hours
from sweeps.ledger import COMPLETE, PRUNED, Trial


def trials(*seconds, state=COMPLETE):
    return [Trial(number, {}, state, 0.5, ((8, 0.5),), "", time) for number, time in enumerate(seconds)]


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_a_trial_begins_only_where_the_longest_one_so_far_still_fits():
    clock = Clock()
    meter = Meter(Allowance(minutes=1), 0.0, clock)
    assert meter.left() == 60 and meter.affords([], 0)
    clock.now += 45
    assert meter.affords(trials(10.0, 14.0), 1) and not meter.used_up
    assert meter.affords(trials(20.0, state=PRUNED), 0)
    clock.now += 2
    assert not meter.affords(trials(10.0, 14.0), 1) and meter.used_up
    assert not meter.affords([], 0)
    clock.now += 100
    assert meter.left() == 0


def test_gpu_hours_count_finished_running_and_next_trials():
    hour = trials(1800.0, 1800.0)
    assert Meter(Allowance(gpu_hours=1.5), 1.0).affords(hour, 0)
    assert not Meter(Allowance(gpu_hours=1.5), 1.0).affords(hour, 1)
    assert not Meter(Allowance(gpu_hours=1.5), 2.0).affords(hour, 0)


def test_without_a_budget_there_is_no_limit():
    meter = Meter(Allowance(), 8.0)
    assert meter.left() is None and meter.affords(trials(*[1e6] * 50), 100)


@pytest.mark.parametrize("text", ["40", "40h", "-1gpuh", "0gpuh", "gpuh", ""])
def test_hours_of_another_form_are_one_error(text):
    with pytest.raises(UserError, match="as in --budget 40gpuh"):
        parse_gpu_hours(text)


def test_hours_and_minutes_are_read_and_said():
    assert parse_gpu_hours("1.5 GPUh") == 1.5
    assert str(Allowance(30, 40)) == "30 minutes and 40 GPU hours"
