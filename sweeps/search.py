"""EDGE ray.tune: runs the trials of a study in parallel, and records each trial once."""

from __future__ import annotations

import logging
import math
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from smile.cluster import is_lost, joined, prepare_environment
from smile.interruption import before_stopping
from smile.workers.full_disk import find_full
from sweeps.allowance import Meter
from sweeps.draw.scheduling import make_scheduler
from sweeps.draw.searcher import make_searcher
from sweeps.effort import NOTHING, Effort, TrialObjective, missing
from sweeps.ledger import Ledger, Trial
from sweeps.objectives.reading import NOBODY, Right
from sweeps.recorder import FAILURE, FULL, RESTARTS, Recorder, name_fault, to_result
from sweeps.studies import Sample, Study

#: Trials run in the folder of the driver, so that a relative path in a config means the same file in both.
WORKER_ENVIRONMENT = {"RAY_CHDIR_TO_TRIAL_DIR": "0"}

#: Values of Tune's environment variables, unless the user set them.
TUNE_QUIET = {
    "RAY_AIR_NEW_OUTPUT": "0",  # otherwise Tune prints its own tables, whatever its verbosity
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # the ledger replaces Tune's logs
}


def search(
    study: Study,
    default: Sample,
    ledger: Ledger,
    storage: str,
    objective: TrialObjective,
    effort: Effort,
    say: Callable[[str], None],
    wanted: Sequence[Sample] | None = None,
    known: Sequence[Trial] = (),
) -> bool:
    """Runs the trials that are missing of `effort.trials`, into `ledger`; returns False where a budget ended it.

    `storage` is the URL of Optuna's database (SQLite or PostgreSQL), which is filled from the ledger: only the ledger
    counts. A trial that raises is recorded as failed, and the search continues. A trial whose worker is lost runs
    again, at most RESTARTS times, and is then recorded as failed. A full disk, or a database that fails, is the fault
    of no trial: raises OSError or UserError, and the same call goes on later. Does not start Ray where no trial is
    missing, nor where the budget affords none. With `wanted`, runs these settings, and no others. Trials that are
    `known` from an earlier search teach the sampler, and are not run again.
    """
    queue, count = missing(study, default, effort.trials + len(known), [*known, *ledger.trials()])
    if wanted is not None:
        tried = [trial.setting for trial in ledger.trials()]
        queue = [setting for setting in wanted if setting not in tried]
        count = len(queue)
    meter = Meter(effort.allowance, effort.gpus * effort.workers)
    if not count or not meter.affords(ledger.trials(), 0):
        return not count
    prepare_environment(effort.address or "local")  # before Optuna's searcher imports Ray
    recorder = Recorder(ledger, effort, say)
    scratch = ledger.scratch.resolve()

    def run(searcher: Any, trials: int, restarts: int) -> None:
        shutil.rmtree(scratch, ignore_errors=True)
        scheduler = make_scheduler(effort, default, recorder)
        drawn = _Drawn(searcher, scheduler, trials, meter.left(), restarts)
        _fit(_tuner(drawn, objective, effort, recorder, str(scratch)), recorder)

    searcher = make_searcher(study, queue, storage, ledger, recorder, effort, meter, known)
    try:
        with _ray(effort), before_stopping(lambda: shutil.rmtree(scratch, ignore_errors=True), last=True):
            run(searcher, count, RESTARTS)
            while lost := recorder.take_lost():
                run(make_searcher(study, lost, storage, ledger, recorder, effort, meter, known), len(lost), 0)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return not meter.used_up and not recorder.cut_off


def _fit(tuner: Any, recorder: Recorder) -> None:
    """Runs the trials; raises what ended them early, as a full disk."""
    try:
        tuner.fit()
    except Exception as error:  # Tune makes an error of its own of any
        if full := find_full(error):
            recorder.end(full)
        elif not recorder.fault:
            raise
    if recorder.fault:
        raise recorder.fault


@dataclass(frozen=True)
class _Drawn:
    """Says which trials Tune runs, and until when."""

    searcher: Any
    scheduler: Any
    count: int
    seconds: float | None  # until all trials are cut off
    restarts: int


def _tuner(drawn: _Drawn, objective: TrialObjective, effort: Effort, recorder: Recorder, scratch: str) -> Any:
    from ray import tune

    def trainable(setting: Sample, objective: TrialObjective) -> None:
        def report(epoch: int, value: float, right: Right = NOBODY, also: Mapping[str, float] = NOTHING) -> None:
            if not math.isfinite(value):
                raise ValueError(f"the objective is {value} after epoch {epoch}")
            tune.report(to_result(epoch, value, right, also))

        try:
            objective(setting, report)
        except Exception as error:
            if is_lost(error):
                raise
            # Tune starts a trial anew that raises, as it does one that was lost: this is a result, to Tune.
            full = find_full(error)
            where = {} if full is None else {FULL: str(full.filename or "")}
            tune.report({"epoch": 0, "objective": 0.0, FAILURE: name_fault(error), **where})

    # with_parameters puts the objective and its images into Ray's object store once, instead of into every trial.
    placed = tune.with_resources(tune.with_parameters(trainable, objective=objective), _resources(effort))
    return tune.Tuner(
        placed,
        tune_config=tune.TuneConfig(
            metric="objective",
            mode="max",
            search_alg=drawn.searcher,
            scheduler=drawn.scheduler,
            num_samples=drawn.count,
            time_budget_s=drawn.seconds,
            max_concurrent_trials=effort.concurrency,
            reuse_actors=effort.workers == 1,  # so that not every trial imports torch, which takes seconds
        ),
        run_config=tune.RunConfig(
            storage_path=scratch,
            name="tune",
            verbose=0,
            callbacks=[_listener(recorder)],
            stop=_stopper(recorder),
            failure_config=tune.FailureConfig(max_failures=drawn.restarts),
        ),
    )


def _resources(effort: Effort) -> dict[str, float]:
    if effort.workers == 1:
        return {"cpu": 1, "gpu": effort.gpus}
    # With Ray Train, workers reserve their own cores, and the trial that waits for them needs none. But Ray does not
    # place a trial that needs nothing, so it asks for a little memory.
    return {"cpu": 0, "memory": 2**20}


def _listener(recorder: Recorder) -> Any:
    """Makes the Tune callback that tells the recorder what happens to trials."""
    from ray.tune import Callback

    class Listener(Callback):  # type: ignore[misc]
        def on_trial_result(self, *, trial: Any, result: dict[str, Any], **_: Any) -> None:
            recorder.follow(trial, result)

        def on_trial_recover(self, *, trial: Any, **_: Any) -> None:
            recorder.run_again(trial)

        def on_trial_complete(self, *, trial: Any, **_: Any) -> None:
            recorder.add(trial, str(trial.last_result.get(FAILURE, "")))

        def on_trial_error(self, *, trial: Any, **_: Any) -> None:
            recorder.give_up(trial)

    return Listener()


def _stopper(recorder: Recorder) -> Any:
    """Makes what has Tune end all trials where the recorder met a fault of none of them."""
    from ray.tune import Stopper

    class Ender(Stopper):  # type: ignore[misc]
        def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:  # noqa: ARG002
            return False

        def stop_all(self) -> bool:
            return recorder.fault is not None

    return Ender()


@contextmanager
def _ray(effort: Effort) -> Iterator[None]:
    """Starts Ray here, or joins it at `effort.address`, for a `with` block."""
    os.environ.update({key: value for key, value in TUNE_QUIET.items() if key not in os.environ})
    # A failed trial prints one line and keeps its reason in its record; Tune must not print a trace.
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
    options: dict[str, Any] = {"runtime_env": {"env_vars": WORKER_ENVIRONMENT}, "log_to_driver": False}
    if effort.address is None:
        # A trial that uses Ray Train frees its place through the State API, which needs the dashboard.
        options["include_dashboard"] = effort.workers > 1
    with joined(effort.address or "local", "default,train,tune", options):
        yield
