"""Whatever the scheduler, the default setting runs to its end, and what is stopped is told to the recorder."""

import pytest

from sweeps.draw.scheduling import SCHEDULERS, _Controller, make_judge, make_scheduler
from sweeps.effort import Effort, rungs

EPOCHS, REPEATS, DEFAULT = 30, 2, {"x": -1.0}


class Recorder:
    def __init__(self):
        self.stopped = set()

    def stop(self, trial):
        self.stopped.add(trial.trial_id)


class Trial:
    def __init__(self, number, setting):
        self.trial_id, self.config = str(number), setting


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_worst_setting_goes_on_where_it_is_the_default(name):
    recorder, controller = Recorder(), _Controller()
    effort = Effort(trials=10, epochs=EPOCHS, seed=0, concurrency=1, scheduler=name, repeats=REPEATS)
    scheduler = make_scheduler(effort, DEFAULT, recorder)
    scheduler.set_search_properties("objective", "max")
    trials = [Trial(n, {"x": float(9 - n)}) for n in range(9)] + [Trial(9, DEFAULT)]
    alive = list(trials)
    for trial in trials:
        scheduler.on_trial_add(controller, trial)
    for epoch in rungs(EPOCHS, REPEATS)[:-1]:
        for trial in list(alive):
            decision = scheduler.on_trial_result(
                controller, trial, {"epoch": epoch, "objective": trial.config["x"], "training_iteration": epoch}
            )
            if decision == "STOP":
                alive.remove(trial)
    assert trials[-1] in alive and "9" not in recorder.stopped
    assert recorder.stopped == {trial.trial_id for trial in trials if trial not in alive}
    assert bool(recorder.stopped) == (name != "none"), "later and worse trials are stopped"


def test_asha_decides_at_a_quarter_at_half_and_at_the_end_of_each_training_before_the_next_is_paid_for():
    asked = []
    judge = make_judge("asha", EPOCHS, spared=-1, repeats=3)
    for number in range(8):  # each is worse than all before
        for epoch in rungs(EPOCHS, 3):
            asked.append((number, epoch))
            if not judge(number, epoch, 1.0 - number / 10 if epoch >= 8 else 0.5):
                break
    assert {epoch for number, epoch in asked if number} == {2, 4, 8}
    judge = make_judge("asha", EPOCHS, spared=-1, repeats=3)
    ended = {}
    for number in range(4):  # equal up to the end of the first training, and worse from there on
        for epoch in rungs(EPOCHS, 3):
            if not judge(number, epoch, 0.5 if epoch < EPOCHS else 0.5 - number / 10):
                ended[number] = epoch
                break
    assert ended == {1: 30, 2: 30, 3: 30}
