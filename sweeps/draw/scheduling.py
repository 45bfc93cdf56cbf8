"""EDGE ray.tune: TABLE SCHEDULERS, what stops a trial early; whatever it is, the default setting runs to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from smile.errors import unknown
from sweeps.decide.replay import Judge
from sweeps.effort import Effort, find_rung, rungs
from sweeps.recorder import FAILURE, Recorder
from sweeps.studies import Sample


@dataclass(frozen=True)
class Halving:
    """Says how trials are divided: from the rung where `first` of the epochs are done, 1 of `reduction` goes on."""

    first: float
    reduction: int


@dataclass(frozen=True)
class Scheduler:
    """Names a scheduler of Ray Tune; `arguments(epochs, repeats)` are those of its class.

    A trial trains `repeats` times for `epochs` epochs.
    """

    kind: str  # class of ray.tune.schedulers
    arguments: Callable[[int, int], dict[str, Any]]
    about: str
    halving: Halving | None = None  # None: it does not divide trials at rungs


def _halve(halving: Halving, about: str) -> Scheduler:
    def give(epochs: int, repeats: int) -> dict[str, Any]:
        # No whole number, so that multiples meet the end of a training, after which the next one is paid for.
        first = max(epochs * halving.first, 1)
        reduction = halving.reduction
        return {"time_attr": "epoch", "max_t": epochs * repeats, "grace_period": first, "reduction_factor": reduction}

    return Scheduler("ASHAScheduler", give, f"{about} (ASHA, Li et al. 2020)", halving)


SCHEDULERS: dict[str, Scheduler] = {
    "asha": _halve(Halving(1 / 4, 2), "from a quarter of the epochs on, stops the worse half of the trials"),
    "hasty": _halve(Halving(1 / 16, 4), "from a sixteenth of the epochs on, stops three of four trials"),
    "median": Scheduler(
        "MedianStoppingRule",
        lambda epochs, _: {"time_attr": "epoch", "grace_period": find_rung(epochs, 1 / 4), "min_samples_required": 3},
        "stops a trial that stays below the median of the others (Golovin et al. 2017)",
    ),
    "none": Scheduler("FIFOScheduler", lambda *_: {}, "stops no trial"),
}


def find_scheduler(name: str) -> Scheduler:
    """Returns the scheduler `name`; raises UserError, with the closest name, where there is none."""
    if name not in SCHEDULERS:
        raise unknown("scheduler", name, SCHEDULERS)
    return SCHEDULERS[name]


def describe_scheduler(name: str, epochs: int, repeats: int = 1) -> str:
    """Returns the scheduler and its settings in words, for the report."""
    chosen = find_scheduler(name)
    settings = ", ".join(f"{key}={value}" for key, value in chosen.arguments(epochs, repeats).items())
    return f"{chosen.kind}({settings}), {chosen.about}; rungs at epochs {rungs(epochs, repeats)}; never the default"


def make_judge(name: str, epochs: int, spared: int, repeats: int = 1) -> Judge:
    """Returns what asks a scheduler of Ray Tune about replayed trials; it never stops the trial number `spared`."""
    from ray.tune import schedulers

    chosen = find_scheduler(name)
    scheduler = getattr(schedulers, chosen.kind)(**chosen.arguments(epochs, repeats))
    scheduler.set_search_properties("objective", "max")
    controller, known, stopped = _Controller(), {}, set()

    def judge(number: int, epoch: int, value: float) -> bool:
        if number not in known:
            known[number] = _Replayed(str(number))
            scheduler.on_trial_add(controller, known[number])
        result = {"epoch": epoch, "objective": value}
        if epoch >= epochs * repeats:
            scheduler.on_trial_complete(controller, known[number], result)
            return True
        if number in stopped:  # and spared
            return True
        if scheduler.on_trial_result(controller, known[number], result) == schedulers.TrialScheduler.STOP:
            stopped.add(number)
        return number == spared or number not in stopped

    return judge


class _Controller:
    """Is all that schedulers ask of Tune: no other trial waits."""

    def get_live_trials(self) -> list[Any]:
        return []


class _Replayed:
    """Is all that schedulers ask of a trial."""

    def __init__(self, trial_id: str) -> None:
        self.trial_id = trial_id


def make_scheduler(effort: Effort, default: Sample, recorder: Recorder) -> Any:
    """Makes the scheduler of an effort; tells the recorder which trials it stops, and never stops the default."""
    from ray.tune import schedulers

    chosen = find_scheduler(effort.scheduler)

    class Guarded(getattr(schedulers, chosen.kind)):  # type: ignore[misc]
        spared: ClassVar[set[str]] = set()

        def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
            if FAILURE in result:
                return str(schedulers.TrialScheduler.STOP)
            if trial.trial_id in self.spared:  # a scheduler may not be asked about a trial that it stopped
                return str(schedulers.TrialScheduler.CONTINUE)
            decision = str(super().on_trial_result(tune_controller, trial, result))
            # Every other setting is compared with the default, so the default always runs to its end.
            if trial.config == default and result["epoch"] < effort.whole:
                if decision == schedulers.TrialScheduler.STOP:
                    self.spared.add(trial.trial_id)
                return str(schedulers.TrialScheduler.CONTINUE)
            if decision == schedulers.TrialScheduler.STOP:
                recorder.stop(trial)
            return decision

        def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
            if FAILURE not in result:
                super().on_trial_complete(tune_controller, trial, result)

    return Guarded(**chosen.arguments(effort.epochs, effort.repeats))
