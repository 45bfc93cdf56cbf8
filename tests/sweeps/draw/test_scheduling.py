"""Whatever the scheduler, the default setting runs to its end, and what is stopped is told to the recorder."""

import pytest

from sweeps.draw.scheduling import SCHEDULERS, _Controller, make_scheduler
from sweeps.effort import rungs

EPOCHS, DEFAULT = 30, {"x": -1.0}


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
    scheduler = make_scheduler(name, DEFAULT, EPOCHS, recorder)
    scheduler.set_search_properties("objective", "max")
    trials = [Trial(n, {"x": float(9 - n)}) for n in range(9)] + [Trial(9, DEFAULT)]
    alive = list(trials)
    for trial in trials:
        scheduler.on_trial_add(controller, trial)
    for epoch in rungs(EPOCHS)[:-1]:
        for trial in list(alive):
            decision = scheduler.on_trial_result(
                controller, trial, {"epoch": epoch, "objective": trial.config["x"], "training_iteration": epoch}
            )
            if decision == "STOP":
                alive.remove(trial)
    assert trials[-1] in alive and "9" not in recorder.stopped
    assert recorder.stopped == {trial.trial_id for trial in trials if trial not in alive}
    assert bool(recorder.stopped) == (name != "none"), "later and worse trials are stopped"
