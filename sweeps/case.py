"""Opens what a command of the sweeps asks for: reads its options, its data, and how often a trial trains."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from bench.data_sets import open_studio
from bench.suites import choose_budget
from smile import atomic
from smile.cluster import require_cluster
from smile.config import Config, Rendering, parse_changes
from smile.door import require_place
from smile.errors import BadFile, UserError, unknown
from smile.progress import Reporter
from smile.rendering.views import Views
from smile.training.towers import refuse_unusable
from smile.workers.placement import require_room
from sweeps.allowance import Allowance, parse_gpu_hours
from sweeps.archive import find_archive, list_experiments, read_archive, take_over
from sweeps.decide.aim import Aim
from sweeps.decide.front import SECONDS
from sweeps.decide.luck import find_error
from sweeps.decide.precision import Certainty, choose_precision
from sweeps.draw.samplers import find_sampler
from sweeps.draw.scheduling import find_scheduler
from sweeps.draw.searcher import choose_goals
from sweeps.draw.storage import name_file, refuse_remote, require_database, require_folder
from sweeps.effort import Effort, TrialObjective
from sweeps.experiment import BUDGET, Sweep, describe_experiment, identify_experiment, widest
from sweeps.ledger import CALIBRATION, COMPLETE, Ledger
from sweeps.objectives import find_objective
from sweeps.options import SCHEDULER
from sweeps.studies import Study
from sweeps.trial import draw_task, spread_over_workers


@dataclass(frozen=True)
class SweepCase:
    """Holds a command that was read and checked, with its data."""

    options: argparse.Namespace
    config: Config
    views: Views
    sweep: Sweep
    command: str
    reporter: Reporter

    @property
    def storage(self) -> str:
        """URL of Optuna's database."""
        return _name_storage(self.options)

    def spread(self, objective: TrialObjective) -> TrialObjective:
        """Returns the objective as it is, or on several workers where the command asks for them."""
        effort = self.sweep.effort
        return spread_over_workers(objective, effort, self.options.cache / "train") if effort.workers > 1 else objective

    def say(self, ledger: Ledger, wanted: int, about: str = "") -> Callable[[str], None]:
        """Returns a function that prints a line, after `about`, and remembers how many trials are done."""

        def say(line: str = "") -> None:
            self.reporter.reach("trials", len(ledger.trials()), wanted)
            if line:
                self.reporter.say(about + line)

        return say


def open_case(study: Study, options: argparse.Namespace, command: str, reporter: Reporter) -> SweepCase | None:
    """Opens the data and the ledger of a study; None where a budget ended it before it is known how often trials train.

    Where the command does not say how often, this trains the default until its score is sure, or finds that in records.
    """
    start = time.monotonic()
    config = study.config({**parse_changes(options.set), "training.seed": options.seed})
    effort = _read_effort(config, options)
    refuse_unusable(config.model)
    if options.verb in ("front", "confirm"):
        _require_searched(options)
    require_place(options.out, [options.data] if options.data else ())
    require_database(_name_storage(options))
    if options.storage:
        require_folder(options.storage)
    refuse_remote(_name_storage(options))
    require_cluster(options.address)
    require_room(options.address, effort.workers, effort.gpus)
    shown = widest(study, config).rendering
    views = _load_views(options, shown, reporter)
    task = draw_task(views, config, shown, options.objective, options.repeats or 1, count_threads(effort))
    atomic.forget_unfinished(options.out)  # what a killed sweep had not finished
    sweep = Sweep(study, task, Ledger(options.out / options.study, identify_experiment(study, task, views)), effort)
    case = SweepCase(options, config, views, sweep, command, reporter)
    if options.repeats:
        sweep.ledger.open(describe_experiment(sweep, views, command, _say_asked(options.repeats)))
        take_over(sweep.ledger, options.study, options.out)
        return case
    aim = Aim(options.matters / 100, options.most_repeats)
    found = _recall(case, aim) or _calibrate(case, aim)
    return None if found is None else _settle(case, found, aim, time.monotonic() - start)


def _require_searched(options: argparse.Namespace) -> None:
    """Raises UserError where no search can be gone on from: else the default would be trained for it first."""
    try:
        found = list_experiments(options.study, options.out).values()
    except BadFile:  # maybe of another experiment; the own one is read once it is known
        return
    whole = [(one.about["identity"]["default"], trial) for one in found for trial in one.trials]
    front = options.verb == "front"
    if not any(trial.state == COMPLETE and (front or trial.setting != default) for default, trial in whole):
        what = "is complete" if front else "beside that of the default is complete"
        how = f"search first: python -m sweeps.run {options.study} --trials {options.trials}"
        raise UserError(f"{options.out / options.study}: no trial {what}; {how}")


def _recall(case: SweepCase, aim: Aim) -> Certainty | None:
    """Returns what the committed trials of the same experiment say of the default; None without them."""
    path = find_archive(case.options.study, case.options.out)
    kept = read_archive(path) if path.exists() else None
    if kept is None or kept.about.get("aim") != asdict(aim):
        return None
    identity, default = kept.about["identity"], case.sweep.study.default(case.config)
    if {**identity, "repeats": 1} != case.sweep.ledger.identity:
        return None
    trial = next((one for one in kept.trials if one.setting == default and one.state == COMPLETE), None)
    return None if trial is None else Certainty(identity["repeats"], find_error(trial.right), trial)


def _calibrate(case: SweepCase, aim: Aim) -> Certainty | None:
    """Trains the default until its score is sure."""
    sweep, options = case.sweep, case.options
    ledger = Ledger(options.out / options.study / CALIBRATION, {**sweep.ledger.identity, "repeats": 0})
    ledger.open(describe_experiment(sweep, case.views, case.command))
    default, objective, say = (
        sweep.study.default(case.config),
        case.spread(sweep.task),
        case.say(ledger, aim.most, "how sure is the default? "),
    )
    with ledger.writing():
        return choose_precision(sweep.study, default, ledger, case.storage, objective, sweep.effort, aim, say)


def _settle(case: SweepCase, found: Certainty, aim: Aim, seconds: float) -> SweepCase:
    """Returns the case with trials that train as often as was found, and the default's trial in the ledger."""
    sweep, minutes = case.sweep, case.sweep.effort.allowance.minutes
    left = None if minutes is None else max(minutes - seconds / 60, 0.0)
    allowance = replace(sweep.effort.allowance, minutes=left)
    effort = replace(sweep.effort, repeats=found.repeats, allowance=allowance)
    task = replace(sweep.task, repeats=found.repeats)
    place = sweep.ledger.folder.parent
    ledger = Ledger(place, {**sweep.ledger.identity, "repeats": found.repeats})
    settled = Sweep(sweep.study, task, ledger, effort)
    precision = found.describe(aim)
    ledger.open(describe_experiment(settled, case.views, case.command, precision, aim))
    take_over(ledger, case.options.study, case.options.out)
    ledger.add(found.trial)
    case.reporter.say(precision)
    return replace(case, sweep=settled)


def _name_storage(options: argparse.Namespace) -> str:
    return options.storage or name_file(options.out / options.study / "study.db")


def _say_asked(repeats: int) -> str:
    times = "once" if repeats == 1 else f"{repeats} times, each time on a further split of the subjects"
    return f"Each trial trains {times}, as the command asked."


def _load_views(options: argparse.Namespace, shown: Rendering, reporter: Reporter) -> Views:
    given = [] if options.data is None else [options.data]
    studio = open_studio(
        given,
        choose_budget(BUDGET),
        shown,
        cache=options.cache,
        workers=None,
        reporter=reporter,
        subjects=options.subjects,
        frames=options.frames,
    )
    (views,) = studio.draw()
    return views


def _read_effort(config: Config, options: argparse.Namespace) -> Effort:
    find_sampler(options.sampler)
    find_objective(options.objective)
    if options.second not in SECONDS:
        raise unknown("second objective", options.second, SECONDS)
    scheduler = options.scheduler or SCHEDULER
    find_scheduler(scheduler)
    if options.allowance is not None and not options.gpus_per_trial:
        raise UserError(
            "--budget counts GPU hours, and no trial reserves a GPU; add --gpus-per-trial, or use --minutes"
        )
    hours = None if options.allowance is None else parse_gpu_hours(options.allowance)
    effort = Effort(
        trials=options.trials,
        epochs=config.training.epochs,
        seed=options.seed,
        concurrency=options.concurrency or max(count_cores() // options.workers_per_trial, 1),
        workers=options.workers_per_trial,
        gpus=options.gpus_per_trial,
        address=options.address,
        sampler=options.sampler,
        scheduler=scheduler,
        repeats=options.repeats or 1,
        allowance=Allowance(options.minutes, hours),
    )
    if options.verb == "front":
        choose_goals(replace(effort, second=options.second))  # refuses a sampler that draws for one objective only
    return effort


def count_cores() -> int:
    """Returns the cores that this process may use."""
    return len(os.sched_getaffinity(0))


def count_threads(effort: Effort) -> int:
    """Returns the threads of a trial."""
    return max(count_cores() // effort.concurrency, 1)
