"""python -m sweeps.run loss_weights --trials 8: searches settings, and writes a report to results/sweeps."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from smile.interruption import take_signals

if __name__ == "__main__":
    take_signals("sweeps.run")  # before the imports below, which take long

from bench.campaign import SOURCES
from bench.data_sets import load_data
from bench.suites import choose_budget
from smile import atomic, provenance
from smile.cluster import require_cluster
from smile.config import Config, Model, override, parse_changes, to_dict
from smile.door import Once, leave, make_parser, require_place
from smile.progress import Reporter
from smile.rendering.views import Views
from sweeps.effort import REDUCTION, Effort, rungs, sampler_settings
from sweeps.ledger import FAILED, LOST, Ledger
from sweeps.report import find_best, write_study_report
from sweeps.search import search
from sweeps.studies import STUDIES, Among, Study, find_study
from sweeps.trial import OBJECTIVE, Task, draw_benchmark, draw_task, spread_over_workers

ABOUT = """\
Searches settings of the pretraining with Ray Tune and Optuna. Each trial pretrains shortly and is scored by a linear
probe on subjects that it never saw; trials that fall behind are stopped early. The default setting is always tried.
Without --data the search runs on the synthetic stand-in that the benchmark makes.

Finished trials are kept (DIR/STUDY/*/trials): the same command again goes on after a kill or Ctrl-C, does nothing
where all is done, and with more --trials runs the difference. A trial whose worker is lost (killed, out of memory) is
run again three times. A failed trial counts as finished; delete its record to run it again. After a stop, other trials
may be stopped early than without it: each start compares only the trials that it runs itself.
Report: DIR/STUDY.md, figure: STUDY.png, best setting: STUDY.best.json.
"""

EXAMPLES = """\
examples:
  python -m sweeps.run --list
  python -m sweeps.run loss_weights --trials 8
  python -m sweeps.run loss_weights --trials 50 --data bu4dfe=/data/BU4DFE --set captions.arm=none
  python -m sweeps.run view_counts --trials 4 --set training.epochs=60
  on a cluster (docs/cluster.md):
  python -m sweeps.run loss_weights --trials 100 --address auto --concurrency 8 --gpus-per-trial 1

exit status: 0 all is well; 1 every trial failed, or the worker of one was lost too often; 2 the command, a setting or
the data cannot be used; 130 and 143 stopped by Ctrl-C and by SIGTERM: the same command goes on.
"""


#: Budget of the benchmark: a search uses the same synthetic faces, and leaves out the subjects that this budget tests.
BUDGET = "quick"


@dataclass(frozen=True)
class Sweep:
    """Holds a study with all that its run needs."""

    study: Study
    task: Task
    ledger: Ledger
    effort: Effort


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit status, as EXAMPLES lists it."""
    if arguments is None:  # called as a program, and not from another program
        take_signals("sweeps.run")
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parse(given)
    if options.list:
        print(_list())
        return 0

    def act() -> int:
        with Reporter() as reporter:
            return _run(options, provenance.command_line("sweeps.run", given), reporter)

    return leave("sweeps.run", act)


def _run(options: argparse.Namespace, command: str, reporter: Reporter) -> int:
    study = find_study(options.study)
    config = study.config({**parse_changes(options.set), "training.seed": options.seed})
    require_place(options.out)
    require_cluster(options.address)
    if config.model != Model():
        from smile.model.towers import require_towers  # its libraries take seconds to import

        require_towers(config.model)
    given = [] if options.data is None else [options.data]
    rendering = widest(study, config).rendering
    (views,) = load_data(given, choose_budget(BUDGET), rendering, cache=options.cache, workers=None, reporter=reporter)
    sweep = _prepare(study, config, views, options)
    sweep.ledger.open(describe_experiment(sweep, views, command))
    storage = options.storage or f"sqlite:///{(options.out / options.study / 'study.db').resolve()}"
    several = sweep.effort.workers > 1
    objective = spread_over_workers(sweep.task, sweep.effort, options.cache / "train") if several else sweep.task

    def say(line: str = "") -> None:
        reporter.reach("trials", len(sweep.ledger.trials()), options.trials)
        if line:
            reporter.say(line)

    atomic.forget_unfinished(options.out)  # what a killed sweep had not finished
    with sweep.ledger.writing():
        say()
        search(study, study.default(config), sweep.ledger, storage, objective, sweep.effort, say)
        report = write_study_report(options.study, sweep.ledger, options.out)
    return _conclude(sweep, report, reporter)


def _prepare(study: Study, config: Config, views: Views, options: argparse.Namespace) -> Sweep:
    cores = len(os.sched_getaffinity(0))
    concurrency = options.concurrency or max(cores // options.workers_per_trial, 1)
    effort = Effort(
        trials=options.trials,
        epochs=config.training.epochs,
        seed=options.seed,
        concurrency=concurrency,
        workers=options.workers_per_trial,
        gpus=options.gpus_per_trial,
        address=options.address,
    )
    task = draw_task(views, config, threads=max(cores // concurrency, 1))
    return Sweep(study, task, Ledger(options.out / options.study, identify_experiment(study, task, views)), effort)


def identify_experiment(study: Study, task: Task, views: Views) -> dict[str, Any]:
    """Returns all that decides the score of a setting: trials of equal identity and setting have equal results."""
    return {
        "purpose": study.purpose,
        "ranges": {key: asdict(values) for key, values in study.ranges.items()},
        "default": study.default(task.config),
        "config": to_dict(task.config),
        "seed": task.config.training.seed,
        "data": views.content_hash(),
        "subjects": task.plan.hash,
        "source": provenance.code_hash(*SOURCES, "sweeps/effort.py", "sweeps/trial.py"),
    }


def describe_experiment(sweep: Sweep, views: Views, command: str) -> dict[str, Any]:
    """Returns the facts that the report states about the experiment besides its identity."""
    task, effort = sweep.task, sweep.effort
    tested = len(draw_benchmark(views).evaluated)
    sampler = ", ".join(f"{key}={value}" for key, value in sampler_settings(effort.seed, 0).items())
    return {
        "data": {
            "title": views.title,
            "stand_in": views.stand_in,
            "pretraining_clips": len(task.pretraining),
            "pretraining_subjects": len(set(task.pretraining.subjects)),
            "validation_clips": len(task.validation),
            "validation_subjects": len(set(task.validation.subjects)),
        },
        "objective": OBJECTIVE,
        "kept_apart": (
            f"The {tested} subjects that `python -m bench.run --protocol tenfold --budget {BUDGET}` tests on these "
            "data were not touched; under other budgets and protocols it tests subjects of this study as well."
        ),
        "command": command,
        "commit": provenance.commit(),
        "sampler": f"TPESampler({sampler}); a resumed run adds its number of finished trials to the seed",
        "scheduler": f"ASHA(reduction_factor={REDUCTION}, rungs at epochs {rungs(effort.epochs)}); never the default",
        "device": provenance.device(),
        "versions": provenance.versions(),
    }


def widest(study: Study, config: Config) -> Config:
    """Returns the config with the most views that a trial may use: the views of fewer cameras are among them."""
    values = study.ranges.get("rendering.view_count")
    return override(config, {"rendering.view_count": max(values.values)}) if isinstance(values, Among) else config


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
    return "\n".join(lines)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = make_parser("sweeps.run", ABOUT, EXAMPLES)
    parser.add_argument("study", nargs="?", help=f"one of: {', '.join(STUDIES)}")
    parser.add_argument("--list", action="store_true", help="print the studies and their ranges, and end")
    parser.add_argument(
        "--trials", type=_positive, default=20, metavar="N", help="finished trials wanted (default: %(default)s)"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting of all trials"
    )
    parser.add_argument("--data", action=Once, metavar="NAME=DIR", help="a data set, e.g. bu4dfe=/data/BU4DFE")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of splits, training and sampler (default: %(default)s)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("results/sweeps"), metavar="DIR", help="results folder (default: %(default)s)"
    )
    parser.add_argument(
        "--cache", type=Path, default=Path("cache"), metavar="DIR", help="rendered views (default: %(default)s)"
    )
    _add_cluster_options(parser)
    options = parser.parse_args(arguments)
    if options.study is None and not options.list:
        parser.error(f"name a study: {', '.join(STUDIES)}")
    return options


def _add_cluster_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where trials run")
    group.add_argument("--address", metavar="A", help="a running Ray cluster, e.g. auto; without it Ray starts here")
    group.add_argument("--concurrency", type=_positive, metavar="N", help="trials at a time (default: one a core)")
    group.add_argument(
        "--workers-per-trial",
        type=_positive,
        default=1,
        metavar="N",
        help="above 1 by Ray Train (default: %(default)s)",
    )
    group.add_argument(
        "--gpus-per-trial", type=float, default=0.0, metavar="X", help="reserved for each worker (default: %(default)s)"
    )
    group.add_argument("--storage", metavar="URL", help="Optuna's database (default: SQLite in DIR/STUDY/study.db)")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
