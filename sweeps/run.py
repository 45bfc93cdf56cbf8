"""python -m sweeps.run loss_weights --trials 8: searches settings, and writes a report to results/sweeps."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from smile.interruption import take_signals

if __name__ == "__main__":
    take_signals("sweeps.run")  # before the imports below, which take long

from bench.data_sets import load_data
from bench.suites import choose_budget
from smile import atomic, provenance
from smile.cluster import require_cluster
from smile.config import Config, Model, parse_changes
from smile.door import leave, require_place
from smile.errors import UserError
from smile.progress import Reporter
from smile.rendering.views import Views
from sweeps.allowance import Allowance, parse_gpu_hours
from sweeps.decide.confirmation import Demand, Resplit, choose_candidates, confirm, write_confirmation
from sweeps.decide.forecast import describe_forecast, forecast
from sweeps.decide.savings import compare_schedulers
from sweeps.decide.standing import describe_standing
from sweeps.draw.ranges import parse_range
from sweeps.draw.samplers import SAMPLERS, find_sampler
from sweeps.draw.scheduling import SCHEDULERS, find_scheduler
from sweeps.effort import Effort, TrialObjective
from sweeps.experiment import BUDGET, Sweep, describe_experiment, identify_experiment, widest
from sweeps.ledger import COMPLETE, CONFIRMATION, FAILED, LOST, Ledger
from sweeps.options import SCHEDULER, parse_options
from sweeps.report import find_best, write_study_report
from sweeps.search import search
from sweeps.stopping import stop_sweeps
from sweeps.studies import STUDIES, Study, find_study
from sweeps.trial import draw_task, keep_apart, spread_over_workers


@dataclass(frozen=True)
class _Case:
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
        file = self.options.out / self.options.study / "study.db"
        return self.options.storage or f"sqlite:///{file.resolve()}"

    def spread(self, objective: TrialObjective) -> TrialObjective:
        """Returns the objective as it is, or on several workers where the command asks for them."""
        effort = self.sweep.effort
        return spread_over_workers(objective, effort, self.options.cache / "train") if effort.workers > 1 else objective

    def say(self, ledger: Ledger, wanted: int) -> Callable[[str], None]:
        """Returns a function that prints a line and remembers how many trials are done."""

        def say(line: str = "") -> None:
            self.reporter.reach("trials", len(ledger.trials()), wanted)
            if line:
                self.reporter.say(line)

        return say


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit status, as EXAMPLES lists it."""
    if arguments is None:  # called as a program, and not from another program
        take_signals("sweeps.run")
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parse_options(given)
    if options.list:
        print(_list())
        return 0

    def act() -> int:
        with Reporter() as reporter:
            return _act(options, provenance.command_line("sweeps.run", given), reporter)

    return leave("sweeps.run", act)


def _act(options: argparse.Namespace, command: str, reporter: Reporter) -> int:
    study = find_study(options.study, dict(map(parse_range, options.range)))
    if options.verb in READERS:
        print(READERS[options.verb](options, reporter))
        return 0
    case = _open(study, options, command, reporter)
    atomic.forget_unfinished(options.out)  # what a killed sweep had not finished
    with case.sweep.ledger.writing():
        return VERBS[options.verb](case)


def _open(study: Study, options: argparse.Namespace, command: str, reporter: Reporter) -> _Case:
    config = study.config({**parse_changes(options.set), "training.seed": options.seed})
    effort = _read_effort(config, options)
    require_place(options.out)
    require_cluster(options.address)
    if config.model != Model():
        from smile.model.towers import require_towers  # its libraries take seconds to import

        require_towers(config.model)
    given = [] if options.data is None else [options.data]
    rendering = widest(study, config).rendering
    (views,) = load_data(given, choose_budget(BUDGET), rendering, cache=options.cache, workers=None, reporter=reporter)
    task = draw_task(views, config, threads=_count_threads(effort))
    ledger = Ledger(options.out / options.study, identify_experiment(study, task, views))
    sweep = Sweep(study, task, ledger, effort)
    ledger.open(describe_experiment(sweep, views, command))
    return _Case(options, config, views, sweep, command, reporter)


def _read_effort(config: Config, options: argparse.Namespace) -> Effort:
    find_sampler(options.sampler)
    scheduler = options.scheduler or SCHEDULER
    find_scheduler(scheduler)
    if options.allowance is not None and not options.gpus_per_trial:
        raise UserError(
            "--budget counts GPU hours, and no trial reserves a GPU; add --gpus-per-trial, or use --minutes"
        )
    hours = None if options.allowance is None else parse_gpu_hours(options.allowance)
    return Effort(
        trials=options.trials,
        epochs=config.training.epochs,
        seed=options.seed,
        concurrency=options.concurrency or max(_count_cores() // options.workers_per_trial, 1),
        workers=options.workers_per_trial,
        gpus=options.gpus_per_trial,
        address=options.address,
        sampler=options.sampler,
        scheduler=scheduler,
        allowance=Allowance(options.minutes, hours),
    )


def _search(case: _Case) -> int:
    sweep, options = case.sweep, case.options
    say = case.say(sweep.ledger, options.trials)
    say("")
    default = sweep.study.default(case.config)
    whole = search(sweep.study, default, sweep.ledger, case.storage, case.spread(sweep.task), sweep.effort, say)
    report = write_study_report(options.study, sweep.ledger, options.out)
    if not whole:
        done = f"{len(sweep.ledger.trials())} of {options.trials} trials"
        say(f"ended at {done}: the budget of {sweep.effort.allowance} is used up; the same command goes on")
    return _conclude(sweep, report, case.reporter)


def _plan(case: _Case) -> int:
    """Runs the default setting, unless it was run, and prints a forecast from it."""
    sweep, options = case.sweep, case.options
    default = sweep.study.default(case.config)
    say = case.say(sweep.ledger, 1)
    search(
        sweep.study, default, sweep.ledger, case.storage, case.spread(sweep.task), sweep.effort, say, wanted=[default]
    )
    trials = sweep.ledger.trials()
    whole = [trial.seconds for trial in trials if trial.state == COMPLETE]
    if not whole:
        raise UserError(f"the default setting failed: {trials[0].reason}" if trials else "no trial ended")
    seconds = max(whole)
    found = forecast(sweep.effort, len(trials), seconds)
    print(describe_forecast(options.study, found, sweep.effort, seconds, options.price_per_hour))
    return 0


def _confirm(case: _Case) -> int:
    sweep, options = case.sweep, case.options
    default = sweep.study.default(case.config)
    candidates = choose_candidates(sweep.ledger.trials(), default, options.best)
    ledger = Ledger(options.out / options.study / CONFIRMATION, sweep.ledger.identity)
    ledger.open(describe_experiment(sweep, case.views, case.command))
    objective = case.spread(Resplit(keep_apart(case.views), case.config, _count_threads(sweep.effort)))
    demand = Demand(options.best, options.seeds, options.most_seeds, options.matters / 100)
    say = case.say(ledger, (1 + len(candidates)) * options.seeds)
    with ledger.writing():
        found = confirm(sweep.study, [default, *candidates], ledger, case.storage, objective, sweep.effort, demand, say)
    path = write_confirmation(options.study, found, default, sweep.ledger, options.out)
    report = write_study_report(options.study, sweep.ledger, options.out)
    for number, verdict in enumerate(found.verdicts, start=1):
        points = f"{100 * verdict.difference:+.1f} [{100 * verdict.low:+.1f}, {100 * verdict.high:+.1f}] points"
        case.reporter.say(f"setting {number} {verdict.says}: {points}, p {verdict.p:.3f}")
    case.reporter.say(f"{path}; {report}")
    return 0 if found.verdicts else 1


def _replay(options: argparse.Namespace, reporter: Reporter) -> str:
    chosen, places = [options.scheduler] if options.scheduler else [], options.concurrency or _count_cores()
    return compare_schedulers(options.study, options.out, chosen, places, options.replays, reporter)


#: Word before the name of a study -> what it tells from records alone, without data.
READERS: dict[str, Callable[[argparse.Namespace, Reporter], str]] = {
    "status": lambda options, _: describe_standing(options.study, options.out),
    "stop": lambda options, _: stop_sweeps(options.study, options.out),
    "replay": _replay,
}
#: Word before the name of a study -> what it does with its data.
VERBS: dict[str, Callable[[_Case], int]] = {"search": _search, "plan": _plan, "confirm": _confirm}


def _conclude(sweep: Sweep, report: Path, reporter: Reporter) -> int:
    trials = sweep.ledger.trials()
    best, lost = find_best(trials), [trial for trial in trials if trial.was_lost]
    if lost:
        which = ", ".join(str(trial.number) for trial in lost)
        reporter.say(f"trials {which} failed: {LOST}; to run one again, delete its record in {sweep.ledger.folder}")
    if best is not None:
        reporter.say(f"best of {len(trials)} trials: {best.objective:.4f} (trial {best.number}); {report}")
        return 1 if lost else 0
    failed = [trial.reason for trial in trials if trial.state == FAILED]
    if failed:
        print(f"sweeps.run: no trial succeeded; the first failed with: {failed[0]}; {report}", file=sys.stderr)
    return 1


def _count_cores() -> int:
    return len(os.sched_getaffinity(0))


def _count_threads(effort: Effort) -> int:
    return max(_count_cores() // effort.concurrency, 1)


def _list() -> str:
    lines = []
    for name, study in STUDIES.items():
        lines.append(f"{name}: {study.purpose}")
        lines += [f"  {key}: {values}" for key, values in study.ranges.items()]
        lines += [f"  (each trial: {key}={value})" for key, value in study.settings.items()]
    lines += ["samplers:", *(f"  {name}: {one.about}" for name, one in SAMPLERS.items())]
    return "\n".join([*lines, "schedulers:", *(f"  {name}: {one.about}" for name, one in SCHEDULERS.items())])


if __name__ == "__main__":
    sys.exit(main())
