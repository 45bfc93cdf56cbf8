"""EDGE ray.tune + optuna: draws settings with Optuna, whose study is filled from the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from smile.errors import UserError
from sweeps.allowance import Meter
from sweeps.decide.front import SECONDS, Second
from sweeps.draw.ranges import Among, LogUniform, Range
from sweeps.draw.samplers import make_sampler
from sweeps.draw.storage import explain, open_storage
from sweeps.effort import Effort
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Ledger, Trial
from sweeps.recorder import FAILURE, Recorder
from sweeps.studies import Sample, Study


def make_searcher(
    study: Study,
    queue: Sequence[Sample],
    storage: str,
    ledger: Ledger,
    recorder: Recorder,
    effort: Effort,
    meter: Meter,
    known: Sequence[Trial] = (),
) -> Any:
    """Makes an OptunaSearch that knows the trials of the ledger, and tells Optuna which trials were stopped early.

    It gives the settings of `queue` first, and none any more where the budget of `meter` affords none. Trials that are
    `known` of an earlier search teach it too.
    """
    from optuna.exceptions import OptunaError
    from ray.tune.search.optuna import OptunaSearch
    from ray.tune.search.searcher import Searcher
    from sqlalchemy.exc import SQLAlchemyError

    class Search(OptunaSearch):  # type: ignore[misc]
        reported: frozenset[tuple[str, int]] = frozenset()
        running: frozenset[str] = frozenset()

        def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
            if recorder.fault or not meter.affords(ledger.trials(), len(self.running)):
                return str(Searcher.FINISHED)
            drawn: dict[str, Any] | None = None
            with self.storing():
                drawn = super().suggest(trial_id)
            if isinstance(drawn, dict):
                self.running |= {trial_id}
                recorder.number(drawn)
            return drawn

        def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
            step = (trial_id, result["training_iteration"])
            if FAILURE not in result and step not in self.reported:  # as those of a trial that runs again
                self.reported |= {step}
                with self.storing():
                    super().on_trial_result(trial_id, result)

        def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
            self.running -= {trial_id}
            # Ray would report a stopped trial as complete, with its early value; this would mislead the sampler.
            failed = error or FAILURE in (result or {})
            finished = result is not None and not failed and result.get("epoch", 0) >= effort.whole
            with self.storing():
                super().on_trial_complete(trial_id, result if finished else None, failed)

        @contextmanager
        def storing(self) -> Iterator[None]:
            """Ends the search where Optuna's database fails; Tune would take it for a fault of the trial."""
            try:
                yield
            except (OptunaError, SQLAlchemyError) as error:
                recorder.end(explain(storage, error))

    space, done, name = distributions(study), [*known, *ledger.trials()], ledger.title
    goals = choose_goals(effort)
    held = hold_known(done, space, effort)
    backend = open_storage(storage, name, held, [mode for _, mode in goals])
    return Search(
        space,
        metric=[key for key, _ in goals] if effort.second else "objective",
        mode=[mode for _, mode in goals] if effort.second else "max",
        points_to_evaluate=list(queue),
        sampler=make_sampler(effort.sampler, effort.seed, len(done)),
        study_name=name,
        storage=backend,
    )


def choose_goals(effort: Effort) -> list[tuple[str, str]]:
    """Returns (key of a result, max or min) of each objective; UserError where the sampler draws for one only."""
    if not effort.second:
        return [("objective", "max")]
    if effort.sampler == "cmaes":
        raise UserError("--sampler cmaes draws for one objective only; choose tpe, gp, qmc or random")
    second = SECONDS[effort.second]
    return [("objective", "max"), (second.key, second.mode)]


def hold_known(done: Sequence[Trial], space: dict[str, Any], effort: Effort) -> list[Any]:
    """Returns the trials that Optuna learns from: of two objectives, those that tell both."""
    second = SECONDS[effort.second] if effort.second else None
    return [frozen(trial, space, second) for trial in done if second is None or second.read(trial) is not None]


def distributions(study: Study) -> dict[str, Any]:
    """Returns the ranges of the study as distributions of Optuna."""
    return {key: _distribute(values) for key, values in study.ranges.items()}


def _distribute(values: Range) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    if isinstance(values, Among):
        return CategoricalDistribution(values.values)
    low, high = values.edges
    return FloatDistribution(low, high, log=isinstance(values, LogUniform))


def frozen(trial: Trial, space: dict[str, Any], second: Second | None = None) -> Any:
    """Returns a trial of the ledger as a frozen trial of Optuna, with two values where there is a second objective."""
    import optuna

    states = optuna.trial.TrialState
    if second:
        whole = trial.state == COMPLETE
        return optuna.trial.create_trial(
            state=states.COMPLETE if whole else states.FAIL,
            values=[trial.objective, second.read(trial)] if whole else None,
            params=trial.setting,
            distributions=space,
        )
    return optuna.trial.create_trial(
        state={COMPLETE: states.COMPLETE, PRUNED: states.PRUNED, FAILED: states.FAIL}[trial.state],
        value=trial.objective,
        params=trial.setting,
        distributions=space,
        intermediate_values={step: value for step, (_, value) in enumerate(trial.history, start=1)},
    )
