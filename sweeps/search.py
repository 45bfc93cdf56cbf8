"""EDGE ray.tune + optuna: draws settings, runs trials in parallel, stops poor trials early, records each trial once."""

from __future__ import annotations

import logging
import math
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from smile.cluster import is_lost, joined, prepare_environment
from smile.errors import UserError
from smile.interruption import before_stopping
from smile.provenance import hide_password
from sweeps.effort import REDUCTION, Effort, TrialObjective, missing, rungs, sampler_settings
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Ledger, Trial
from sweeps.recorder import FAILURE, RESTARTS, Recorder, name_fault
from sweeps.studies import Among, Sample, Study

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
) -> None:
    """Runs the trials that are missing of `effort.trials`, and adds each finished trial to `ledger`.

    `storage` is the URL of Optuna's database (SQLite or PostgreSQL), which is filled from the ledger: only the ledger
    counts. A trial that raises is recorded as failed, and the search continues. A trial whose worker is lost runs
    again, at most RESTARTS times, and is then recorded as failed. Does not start Ray where no trial is missing.
    """
    queue, count = missing(study, default, effort.trials, ledger.trials())
    if not count:
        return
    prepare_environment(effort.address or "local")  # before Optuna's searcher imports Ray
    recorder = Recorder(ledger, effort, say)
    scratch = ledger.scratch.resolve()

    def run(searcher: Any, trials: int, restarts: int) -> None:
        shutil.rmtree(scratch, ignore_errors=True)
        _tuner(searcher, default, objective, trials, effort, _listener(recorder), str(scratch), restarts).fit()

    searcher = _searcher(study, queue, storage, ledger, recorder, effort)
    try:
        with _ray(effort), before_stopping(lambda: shutil.rmtree(scratch, ignore_errors=True)):
            run(searcher, count, RESTARTS)
            while lost := recorder.take_lost():
                run(_searcher(study, lost, storage, ledger, recorder, effort), len(lost), 0)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _tuner(
    searcher: Any,
    default: Sample,
    objective: TrialObjective,
    count: int,
    effort: Effort,
    listener: Any,
    scratch: str,
    restarts: int,
) -> Any:
    from ray import tune

    def trainable(setting: Sample, objective: TrialObjective) -> None:
        def report(epoch: int, value: float) -> None:
            if not math.isfinite(value):
                raise ValueError(f"the objective is {value} after epoch {epoch}")
            tune.report({"epoch": epoch, "objective": value})

        try:
            objective(setting, report)
        except Exception as error:
            if is_lost(error):
                raise
            # Tune starts a trial anew that raises, as it does one that was lost: this is a result, to Tune.
            tune.report({"epoch": 0, "objective": 0.0, FAILURE: name_fault(error)})

    # with_parameters puts the objective and its images into Ray's object store once, instead of into every trial.
    placed = tune.with_resources(tune.with_parameters(trainable, objective=objective), _resources(effort))
    return tune.Tuner(
        placed,
        tune_config=tune.TuneConfig(
            metric="objective",
            mode="max",
            search_alg=searcher,
            scheduler=_halving(default, effort.epochs),
            num_samples=count,
            max_concurrent_trials=effort.concurrency,
            reuse_actors=effort.workers == 1,  # so that not every trial imports torch, which takes seconds
        ),
        run_config=tune.RunConfig(
            storage_path=scratch,
            name="tune",
            verbose=0,
            callbacks=[listener],
            failure_config=tune.FailureConfig(max_failures=restarts),
        ),
    )


def _resources(effort: Effort) -> dict[str, float]:
    if effort.workers == 1:
        return {"cpu": 1, "gpu": effort.gpus}
    # With Ray Train, workers reserve their own cores, and the trial that waits for them needs none. But Ray does not
    # place a trial that needs nothing, so it asks for a little memory.
    return {"cpu": 0, "memory": 2**20}


def _searcher(
    study: Study, queue: list[Sample], storage: str, ledger: Ledger, recorder: Recorder, effort: Effort
) -> Any:
    """Makes an OptunaSearch that knows the trials of the ledger, and tells Optuna which trials ASHA stopped."""
    import optuna
    from ray.tune.search.optuna import OptunaSearch

    class Search(OptunaSearch):  # type: ignore[misc]
        reported: frozenset[tuple[str, int]] = frozenset()

        def suggest(self, trial_id: str) -> dict[str, Any] | None:
            drawn: dict[str, Any] | None = super().suggest(trial_id)
            if isinstance(drawn, dict):
                recorder.number(drawn)
            return drawn

        def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
            step = (trial_id, result["training_iteration"])
            if FAILURE not in result and step not in self.reported:  # as those of a trial that runs again
                self.reported |= {step}
                super().on_trial_result(trial_id, result)

        def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
            # Ray would report a stopped trial as complete, with its early value; this would mislead the sampler.
            failed = error or FAILURE in (result or {})
            finished = result is not None and not failed and result.get("epoch", 0) >= effort.epochs
            super().on_trial_complete(trial_id, result if finished else None, failed)

    space, done, name = distributions(study), ledger.trials(), ledger.folder.name
    backend = open_storage(storage, name, [frozen(trial, space) for trial in done])
    return Search(
        space,
        metric="objective",
        mode="max",
        points_to_evaluate=queue,
        sampler=optuna.samplers.TPESampler(**sampler_settings(effort.seed, len(done))),
        study_name=name,
        storage=backend,
    )


def distributions(study: Study) -> dict[str, Any]:
    """Returns the ranges of the study as distributions of Optuna."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    return {
        key: CategoricalDistribution(values.values)
        if isinstance(values, Among)
        else FloatDistribution(values.low, values.high, log=True)
        for key, values in study.ranges.items()
    }


def frozen(trial: Trial, space: dict[str, Any]) -> Any:
    """Returns a trial of the ledger as a frozen trial of Optuna."""
    import optuna

    states = optuna.trial.TrialState
    return optuna.trial.create_trial(
        state={COMPLETE: states.COMPLETE, PRUNED: states.PRUNED, FAILED: states.FAIL}[trial.state],
        value=trial.objective,
        params=trial.setting,
        distributions=space,
        intermediate_values={step: value for step, (_, value) in enumerate(trial.history, start=1)},
    )


def open_storage(url: str, name: str, trials: list[Any]) -> Any:
    """Opens Optuna's storage at `url`, with a new study of that name that holds the trials.

    Raises UserError where it cannot be used.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        backend = optuna.storages.RDBStorage(url)
        if name in {known.study_name for known in backend.get_all_studies()}:
            optuna.delete_study(study_name=name, storage=backend)
        optuna.create_study(study_name=name, storage=backend, direction="maximize").add_trials(trials)
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"study storage {hide_password(url)}: {reason}; a damaged study.db can be deleted: it is made anew from "
            "the records"
        ) from error
    return backend


def _halving(default: Sample, epochs: int) -> Any:
    from ray.tune.schedulers import ASHAScheduler, TrialScheduler

    class Halving(ASHAScheduler):  # type: ignore[misc]
        def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
            if FAILURE in result:
                return str(TrialScheduler.STOP)
            decision = super().on_trial_result(tune_controller, trial, result)
            # Every other setting is compared with the default, so the default always runs to its end.
            keep = trial.config == default and result["epoch"] < epochs
            return str(TrialScheduler.CONTINUE if keep else decision)

        def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
            if FAILURE not in result:
                super().on_trial_complete(tune_controller, trial, result)

    return Halving(time_attr="epoch", max_t=epochs, grace_period=rungs(epochs)[0], reduction_factor=REDUCTION)


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
