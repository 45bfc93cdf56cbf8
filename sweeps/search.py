"""EDGE ray.tune + optuna: draws settings, runs trials side by side, stops the poor ones early, records each once."""

from __future__ import annotations

import logging
import math
import os
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smile.cluster import joined
from smile.errors import UserError
from sweeps.effort import REDUCTION, Effort, TrialObjective, missing, rungs, sampler_settings
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Ledger, Trial
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
    A trial that raises is recorded as failed and the search goes on. Starts no Ray where nothing is missing.
    """
    done = ledger.trials()
    queue, count = missing(study, default, effort.trials, done)
    if not count:
        return
    searcher = _searcher(study, queue, storage, ledger, done, effort)
    with _ray(effort), tempfile.TemporaryDirectory(prefix="sweep-") as scratch:
        _tuner(searcher, default, objective, count, effort, _recorder(ledger, done, effort, say), scratch).fit()


def _tuner(
    searcher: Any, default: Sample, objective: TrialObjective, count: int, effort: Effort, recorder: Any, scratch: str
) -> Any:
    from ray import tune

    def trainable(setting: Sample, objective: TrialObjective) -> None:
        def report(epoch: int, value: float) -> None:
            if not math.isfinite(value):
                raise ValueError(f"the objective is {value} after epoch {epoch}")
            tune.report({"epoch": epoch, "objective": value})

        objective(setting, report)

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
        run_config=tune.RunConfig(storage_path=scratch, name="tune", verbose=0, callbacks=[recorder]),
    )


def _resources(effort: Effort) -> dict[str, float]:
    if effort.workers == 1:
        return {"cpu": 1, "gpu": effort.gpus}
    # With Ray Train the workers reserve for themselves, and the trial that waits for them takes no core from them;
    # but Ray does not place what needs nothing.
    return {"cpu": 0, "memory": 2**20}


def _searcher(
    study: Study, queue: list[Sample], storage: str, ledger: Ledger, done: list[Trial], effort: Effort
) -> Any:
    """OptunaSearch that knows the trials in the ledger and tells Optuna which ones ASHA stopped."""
    import optuna
    from ray.tune.search.optuna import OptunaSearch

    class Search(OptunaSearch):  # type: ignore[misc]
        def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
            # Ray would tell Optuna that a stopped trial is complete with its early value, which misleads the sampler.
            finished = result is not None and not error and result.get("epoch", 0) >= effort.epochs
            super().on_trial_complete(trial_id, result if finished else None, error)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = distributions(study)
    name, backend = ledger.folder.name, open_storage(storage)
    if name in {known.study_name for known in backend.get_all_studies()}:
        optuna.delete_study(study_name=name, storage=backend)
    known = optuna.create_study(study_name=name, storage=backend, direction="maximize")
    known.add_trials([frozen(trial, space) for trial in done])
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


def open_storage(url: str) -> Any:
    """Optuna's storage at `url`. Raises UserError where it cannot be used."""
    import optuna

    try:
        return optuna.storages.RDBStorage(url)
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise UserError(
            f"study storage {url}: {reason}; a damaged study.db can be deleted: it is made anew from the records"
        ) from error


def _halving(default: Sample, epochs: int) -> Any:
    from ray.tune.schedulers import ASHAScheduler, TrialScheduler

    class Halving(ASHAScheduler):  # type: ignore[misc]
        def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
            decision = super().on_trial_result(tune_controller, trial, result)
            # The default is what every other setting is held against: it always runs to its end.
            keep = trial.config == default and result["epoch"] < epochs
            return str(TrialScheduler.CONTINUE if keep else decision)

    return Halving(time_attr="epoch", max_t=epochs, grace_period=rungs(epochs)[0], reduction_factor=REDUCTION)


def _recorder(ledger: Ledger, done: list[Trial], effort: Effort, say: Callable[[str], None]) -> Any:
    """The Tune callback that puts every finished trial into the ledger, then says so."""
    from ray.tune import Callback

    first = max((trial.number for trial in done), default=-1) + 1

    class Recorder(Callback):  # type: ignore[misc]
        def __init__(self) -> None:
            self.histories: dict[str, list[tuple[int, float]]] = {}
            self.finished = len(done)

        def __reduce__(self) -> tuple[Any, ...]:
            # Tune writes its callbacks down for a restore that we never ask for; a terminal cannot be written down.
            return Callback, ()

        def on_trial_result(self, *, trial: Any, result: dict[str, Any], **_: Any) -> None:
            self.histories.setdefault(trial.trial_id, []).append((result["epoch"], result["objective"]))

        def on_trial_complete(self, *, trials: list[Any], trial: Any, **_: Any) -> None:
            self.add(trial, trials, "")

        def on_trial_error(self, *, trials: list[Any], trial: Any, **_: Any) -> None:
            self.add(trial, trials, reason(trial))

        def add(self, trial: Any, trials: list[Any], failure: str) -> None:
            history = tuple(self.histories.get(trial.trial_id, []))
            if not failure and not history:
                failure = "the trial ended without a result"
            ended = bool(history) and history[-1][0] >= effort.epochs
            record = Trial(
                number=first + trials.index(trial),
                setting=dict(trial.config),
                state=FAILED if failure else COMPLETE if ended else PRUNED,
                objective=None if failure else history[-1][1],
                history=history,
                reason=failure,
                seconds=round(trial.last_result.get("time_total_s", 0.0), 1),
            )
            ledger.add(record)
            self.finished += 1
            say(f"{self.finished}/{effort.trials}  {record}")

    return Recorder()


def reason(trial: Any) -> str:
    """Why a Tune trial failed: the last line of the trace that Ray kept of it."""
    lines = [text.strip() for text in Path(trial.error_file).read_text(encoding="utf-8").splitlines() if text.strip()]
    return textwrap.shorten(lines[-1], 200)


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
