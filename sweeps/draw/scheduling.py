"""EDGE ray.tune: TABLE SCHEDULERS, what stops a trial early; whatever it is, the default setting runs to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smile.errors import unknown
from sweeps.effort import REDUCTION, rungs
from sweeps.recorder import FAILURE, Recorder
from sweeps.studies import Sample


@dataclass(frozen=True)
class Scheduler:
    """Names a scheduler of Ray Tune; `arguments(epochs)` are those of its class, for trials of that many epochs."""

    kind: str  # class of ray.tune.schedulers
    arguments: Callable[[int], dict[str, Any]]
    about: str


SCHEDULERS: dict[str, Scheduler] = {
    "asha": Scheduler(
        "ASHAScheduler",
        lambda epochs: {
            "time_attr": "epoch",
            "max_t": epochs,
            "grace_period": rungs(epochs)[0],
            "reduction_factor": REDUCTION,
        },
        "stops the worse half of the trials at each rung (Li et al. 2020)",
    ),
    "median": Scheduler(
        "MedianStoppingRule",
        lambda epochs: {"time_attr": "epoch", "grace_period": rungs(epochs)[0], "min_samples_required": 3},
        "stops a trial that stays below the median of the others (Golovin et al. 2017)",
    ),
    "none": Scheduler("FIFOScheduler", lambda _: {}, "stops no trial"),
}


def find_scheduler(name: str) -> Scheduler:
    """Returns the scheduler `name`; raises UserError, with the closest name, where there is none."""
    if name not in SCHEDULERS:
        raise unknown("scheduler", name, SCHEDULERS)
    return SCHEDULERS[name]


def describe_scheduler(name: str, epochs: int) -> str:
    """Returns the scheduler and its settings in words, for the report."""
    chosen = find_scheduler(name)
    settings = ", ".join(f"{key}={value}" for key, value in chosen.arguments(epochs).items())
    return f"{chosen.kind}({settings}), {chosen.about}; rungs at epochs {rungs(epochs)}; never the default"


def make_scheduler(name: str, default: Sample, epochs: int, recorder: Recorder) -> Any:
    """Makes the scheduler `name`; tells the recorder which trials it stops, and never stops the default setting."""
    from ray.tune import schedulers

    chosen = find_scheduler(name)

    class Guarded(getattr(schedulers, chosen.kind)):  # type: ignore[misc]
        def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
            if FAILURE in result:
                return str(schedulers.TrialScheduler.STOP)
            decision = str(super().on_trial_result(tune_controller, trial, result))
            # Every other setting is compared with the default, so the default always runs to its end.
            if trial.config == default and result["epoch"] < epochs:
                return str(schedulers.TrialScheduler.CONTINUE)
            if decision == schedulers.TrialScheduler.STOP:
                recorder.stop(trial)
            return decision

        def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
            if FAILURE not in result:
                super().on_trial_complete(tune_controller, trial, result)

    return Guarded(**chosen.arguments(epochs))
