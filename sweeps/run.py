"""python -m sweeps.run loss_weights --trials 8: searches settings, and writes a report to results/sweeps."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from smile.interruption import take_signals

if __name__ == "__main__":
    take_signals("sweeps.run")  # before the imports below, which take long

from smile import provenance
from smile.door import leave
from smile.errors import UserError
from smile.progress import Reporter
from sweeps.archive import find_place, forget_others, list_experiments, read_experiment, write_archive
from sweeps.case import SweepCase, count_cores, open_case
from sweeps.decide.confirmation import Demand, choose_candidates, confirm, write_confirmation
from sweeps.decide.forecast import describe_forecast, forecast
from sweeps.decide.front import SECONDS
from sweeps.decide.ranking import find_best
from sweeps.decide.savings import compare_schedulers
from sweeps.decide.standing import describe_standing
from sweeps.draw.ranges import parse_range
from sweeps.draw.samplers import SAMPLERS
from sweeps.draw.scheduling import SCHEDULERS
from sweeps.experiment import Sweep, describe_experiment
from sweeps.ledger import COMPLETE, CONFIRMATION, FAILED, FRONT, LOST, Ledger, open_ledger
from sweeps.objectives import OBJECTIVES
from sweeps.options import parse_options
from sweeps.reporting.pareto import find_front_archive, read_stages
from sweeps.reporting.report import write_study_report
from sweeps.search import search
from sweeps.stopping import stop_sweeps
from sweeps.studies import STUDIES, find_study


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit status, as EXAMPLES lists it."""
    if arguments is None:  # called as a program, and not from another program
        take_signals("sweeps.run")
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parse_options(given)

    def act() -> int:
        if options.list:
            print(_list())
            return 0
        with Reporter() as reporter:
            return _act(options, provenance.command_line("sweeps.run", given), reporter)

    return leave("sweeps.run", act)


def _act(options: argparse.Namespace, command: str, reporter: Reporter) -> int:
    study = find_study(options.study, dict(map(parse_range, options.range)))
    if options.verb in READERS:
        print(READERS[options.verb](options, reporter))
        return 0
    case = open_case(study, options, command, reporter)
    if case is None:
        reporter.say("ended before the default was sure: the budget is used up; the same command goes on")
        return 0
    with case.sweep.ledger.writing():
        return VERBS[options.verb](case)


def _search(case: SweepCase) -> int:
    sweep, options = case.sweep, case.options
    say = case.say(sweep.ledger, options.trials)
    say("")
    default = sweep.study.default(case.config)
    whole = search(sweep.study, default, sweep.ledger, case.storage, case.spread(sweep.task), sweep.effort, say)
    report = _report(case)
    if not whole:
        done = f"{len(sweep.ledger.trials())} of {options.trials} trials"
        say(f"ended at {done}: the budget of {sweep.effort.allowance} is used up; the same command goes on")
    return _conclude(sweep, report, case.reporter)


def _plan(case: SweepCase) -> int:
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


def _front(case: SweepCase) -> int:
    """Searches on for two objectives at once, from the trials of the search, and prints those that none beats."""
    sweep, options = case.sweep, case.options
    known = [trial for trial in sweep.ledger.trials() if trial.state == COMPLETE]
    if not known:
        raise UserError("no trial is complete; search first")
    ledger = Ledger(options.out / options.study / FRONT, {**sweep.ledger.identity, "second": options.second})
    ledger.open(describe_experiment(sweep, case.views, case.command))
    effort = replace(sweep.effort, second=options.second, scheduler="none")
    default, say = sweep.study.default(case.config), case.say(ledger, options.trials)
    with ledger.writing():
        search(sweep.study, default, ledger, case.storage, case.spread(sweep.task), effort, say, known=known)
    place = find_place(options.study, sweep.ledger, options.out, options.replace)
    write_archive(read_experiment(ledger), find_front_archive(options.study, place))
    report = _report(case)
    second = SECONDS[options.second]
    for trial in read_stages(options.study, read_experiment(sweep.ledger), place).front:
        case.reporter.say(f"beaten by none: {options.second} {second.read(trial):.4g}, {trial}")
    case.reporter.say(str(report))
    return 0


def _confirm(case: SweepCase) -> int:
    sweep, options = case.sweep, case.options
    default = sweep.study.default(case.config)
    candidates = choose_candidates(sweep.ledger.trials(), default, options.best)
    ledger = Ledger(options.out / options.study / CONFIRMATION, sweep.ledger.identity)
    ledger.open(describe_experiment(sweep, case.views, case.command))
    objective = case.spread(replace(sweep.task, repeats=1))
    demand = Demand(options.best, options.seeds, options.most_seeds, options.matters / 100)
    say = case.say(ledger, (1 + len(candidates)) * options.seeds)
    with ledger.writing():
        found = confirm(sweep.study, [default, *candidates], ledger, case.storage, objective, sweep.effort, demand, say)
    place = find_place(options.study, sweep.ledger, options.out, options.replace)
    write_archive(read_experiment(ledger), place / f"{options.study}.confirmed.jsonl")
    path = write_confirmation(options.study, found, default, sweep.ledger, place)
    report = _report(case)
    for number, verdict in enumerate(found.verdicts, start=1):
        points = f"{100 * verdict.difference:+.1f} [{100 * verdict.low:+.1f}, {100 * verdict.high:+.1f}] points"
        case.reporter.say(f"setting {number} {verdict.says}: {points}, p {verdict.p:.3f}")
    case.reporter.say(f"{path}; {report}")
    return 0 if found.verdicts else 1


def _report(case: SweepCase) -> Path:
    """Writes the report, and says so where it does not lie in the usual place."""
    options, ledger = case.options, case.sweep.ledger
    place = find_place(options.study, ledger, options.out, options.replace)
    if place != options.out:
        case.reporter.say(
            f"{options.out / options.study}.md reports an experiment with other settings, data or code, and is kept; "
            f"--replace writes this one there"
        )
    if options.replace:
        forget_others(options.study, ledger.folder.name, place)
    return write_study_report(options.study, read_experiment(ledger), place)


def _report_again(options: argparse.Namespace, _: Reporter) -> str:
    """Writes the report of every experiment of a study again, from its records."""
    found = list_experiments(options.study, options.out)
    if not found:
        raise UserError(
            f"{options.out / options.study} holds no experiment; python -m sweeps.run {options.study} makes one"
        )
    lines = []
    for where, experiment in found.items():
        place = (
            options.out
            if where.is_file()
            else find_place(options.study, open_ledger(where), options.out, options.replace)
        )
        lines.append(f"{write_study_report(options.study, experiment, place)}: {len(experiment.trials)} trials")
    return "\n".join(lines)


def _replay(options: argparse.Namespace, reporter: Reporter) -> str:
    chosen, places = [options.scheduler] if options.scheduler else [], options.concurrency or count_cores()
    return compare_schedulers(options.study, options.out, chosen, places, options.replays, reporter)


#: Word before the name of a study -> what it tells from records alone, without data.
READERS: dict[str, Callable[[argparse.Namespace, Reporter], str]] = {
    "status": lambda options, _: describe_standing(options.study, options.out),
    "stop": lambda options, _: stop_sweeps(options.study, options.out),
    "replay": _replay,
    "report": _report_again,
}
#: Word before the name of a study -> what it does with its data.
VERBS: dict[str, Callable[[SweepCase], int]] = {
    "search": _search,
    "plan": _plan,
    "front": _front,
    "confirm": _confirm,
}


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


def _list() -> str:
    lines = []
    for name, study in STUDIES.items():
        lines.append(f"{name}: {study.purpose}")
        lines += [f"  {key}: {values}" for key, values in study.ranges.items()]
        lines += [f"  (each trial: {key}={value})" for key, value in study.settings.items()]
    lines += ["objectives:", *(f"  {name}: {one.about}" for name, one in OBJECTIVES.items())]
    lines += ["samplers:", *(f"  {name}: {one.about}" for name, one in SAMPLERS.items())]
    return "\n".join([*lines, "schedulers:", *(f"  {name}: {one.about}" for name, one in SCHEDULERS.items())])


if __name__ == "__main__":
    sys.exit(main())
