"""EDGE ray.tune + optuna: draws settings, runs trials side by side, stops the poor ones early, records each once."""

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

#: Trials keep the driver's folder, so that relative paths in a config mean there what they mean here.
WORKER_ENVIRONMENT = {"RAY_CHDIR_TO_TRIAL_DIR": "0"}

#: Tune's variables, where the user has not set them.
TUNE_QUIET = {
    "RAY_AIR_NEW_OUTPUT": "0",  # or Tune prints tables of its own, whatever its verbosity
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # the ledger is the log
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
    """Runs what is missing of `effort.trials`, and adds each finished trial to `ledger`.

    `storage` is Optuna's (SQLite or PostgreSQL URL); it is filled from the ledger, which alone counts.
    A trial that raises is recorded as failed and the search goes on; one whose worker is lost is run again RESTARTS
    times, then it is recorded as failed. Starts no Ray where nothing is missing.
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

    # with_parameters puts the objective, and the pictures in it, into Ray's object store once, not into every trial.
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
            reuse_actors=effort.workers == 1,  # spares each trial the seconds of importing torch
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
    # With Ray Train the workers reserve for themselves, and the trial that waits for them takes no core from them;
    # but Ray does not place what needs nothing.
    return {"cpu": 0, "memory": 2**20}


def _searcher(
    study: Study, queue: list[Sample], storage: str, ledger: Ledger, recorder: Recorder, effort: Effort
) -> Any:
    """OptunaSearch that knows the trials in the ledger and tells Optuna which ones ASHA stopped."""
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
            # Ray would tell Optuna that a stopped trial is complete with its early value, which misleads the sampler.
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
    """The study's ranges as Optuna has them."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    return {
        key: CategoricalDistribution(values.values)
        if isinstance(values, Among)
        else FloatDistribution(values.low, values.high, log=True)
        for key, values in study.ranges.items()
    }


def frozen(trial: Trial, space: dict[str, Any]) -> Any:
    """A trial of the ledger as Optuna has it."""
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
    """Optuna's storage at `url`, with a new study of that name that holds the trials.

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
            # The default is what every other setting is held against: it always runs to its end.
            keep = trial.config == default and result["epoch"] < epochs
            return str(TrialScheduler.CONTINUE if keep else decision)

        def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
            if FAILURE not in result:
                super().on_trial_complete(tune_controller, trial, result)

    return Halving(time_attr="epoch", max_t=epochs, grace_period=rungs(epochs)[0], reduction_factor=REDUCTION)


def _listener(recorder: Recorder) -> Any:
    """The Tune callback that tells the recorder."""
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
    """Ray, started here or joined at `effort.address`, for as long as the search lasts."""
    os.environ.update({key: value for key, value in TUNE_QUIET.items() if key not in os.environ})
    # A failed trial is one line of ours and a reason in its record, not a trace on the screen.
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
    options: dict[str, Any] = {"runtime_env": {"env_vars": WORKER_ENVIRONMENT}, "log_to_driver": False}
    if effort.address is None:
        # A trial that nests Ray Train gives its place back through the State API, which the dashboard serves.
        options["include_dashboard"] = effort.workers > 1
    with joined(effort.address or "local", "default,train,tune", options):
        yield
