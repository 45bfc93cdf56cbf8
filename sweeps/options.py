"""Reads the command line of the sweeps."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from smile.door import Once, make_parser, read_frames, read_number, read_subjects, read_whole
from sweeps.decide.front import SECONDS
from sweeps.draw.samplers import SAMPLERS
from sweeps.draw.scheduling import SCHEDULERS
from sweeps.objectives import OBJECTIVES, USUAL
from sweeps.studies import STUDIES

ABOUT = """\
Searches settings of the pretraining with Ray Tune and Optuna. Each trial pretrains shortly and is scored on subjects
that it never saw; trials that fall behind are stopped early. The default setting is always tried, and first alone: it
is trained on one split of the subjects after another until the standard error of its score is below --matters, and
every trial is then trained as often. Without --data the search runs on the synthetic stand-in that the benchmark makes.

Finished trials are kept (DIR/STUDY/*/trials): the same command again goes on after a kill or Ctrl-C, does nothing
where all is done, and with more --trials runs the difference. A trial whose worker is lost (killed, out of memory) is
run again three times. A failed trial counts as finished; delete its record to run it again. After a stop, other trials
may be stopped early than without it: each start compares only the trials that it runs itself.
Report: DIR/STUDY.md, figures: figures/STUDY/*.png, a page of all studies: index.html, best setting: STUDY.best.json,
all trials: STUDY.jsonl. Where these are of another experiment (other settings, data or code), they are kept, and the
new ones lie in DIR/STUDY/ID.

what to do with a study (the word before its name; without one the search runs):
  plan      run the default setting once, and say what --trials would take and cost; the trial is kept
  status    say how far a study came, from its records alone
  stop      stop the sweep that runs, as Ctrl-C would; the same command goes on
  report    write report and figures again, from the records alone; also in a fresh clone
  replay    try schedulers on the recorded curves: what each would have saved, and whether it keeps the best trial
  front     search on, without stopping trials, for the score and a second objective at once: Pareto front
  confirm   run the best settings against the default with other seeds and other people, and say whether they win
"""

EXAMPLES = """\
examples:
  python -m sweeps.run --list
  python -m sweeps.run plan loss_weights --trials 50
  python -m sweeps.run loss_weights --trials 8
  python -m sweeps.run loss_weights --trials 8 --objective retrieval --repeats 1
  python -m sweeps.run replay loss_weights --replays 1000
  python -m sweeps.run front view_counts --trials 4 --second seconds
  python -m sweeps.run confirm loss_weights --trials 8
  python -m sweeps.run loss_weights --trials 50 --data bu4dfe=/data/BU4DFE --set captions.arm=none
  python -m sweeps.run loss_weights --range losses.alignment.weight=0.5:2:log --minutes 30
  python -m sweeps.run view_counts --trials 4 --set training.epochs=60
  on a cluster (docs/cluster.md):
  python -m sweeps.run loss_weights --trials 100 --address auto --concurrency 8 --gpus-per-trial 1 --budget 40gpuh

exit status: 0 all is well, also where a budget ended it; 1 every trial failed, or the worker of one was lost too often;
2 the command, a setting or the data cannot be used; 130 and 143 stopped by Ctrl-C and by SIGTERM: the same command
goes on.
"""

#: What stops trials early by default.
SCHEDULER = "asha"
#: A number of things, at least one.
_COUNT = partial(read_whole, low=1)
#: What is listed before the work begins: a slip of the finger would fill the memory.
_LISTED = partial(read_whole, low=1, high=100_000)
#: What to do with a study; the first is done where none is named.
VERBS = ("search", "plan", "status", "stop", "report", "replay", "front", "confirm")


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Returns the options; `verb` is one of VERBS and `study` a name that may be unknown."""
    parser = make_parser("sweeps.run", ABOUT, EXAMPLES)
    add = parser.add_argument
    add("words", nargs="*", metavar="[VERB] STUDY", help=f"one of: {', '.join(STUDIES)}")
    add(
        "--list",
        action="store_true",
        help="print studies with their ranges, objectives, samplers and schedulers, and end",
    )
    add("--trials", type=_COUNT, default=20, metavar="N", help="finished trials wanted (default: %(default)s)")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting of all trials")
    more = "search a setting in LOW:HIGH, LOW:HIGH:log or A,B,C; replaces the study's range"
    add("--range", action="append", default=[], metavar="KEY=RANGE", help=more)
    add("--data", action=Once, metavar="NAME=DIR", help="a data set, e.g. bu4dfe=/data/BU4DFE")
    add("--subjects", type=read_subjects, metavar="N", help="subjects that are made, for sources that make faces")
    add("--frames", type=read_frames, metavar="N", help="scans of a clip that is made")
    add("--seed", type=int, default=0, metavar="N", help="of splits, training and sampler (default: %(default)s)")
    folder = "results folder (default: %(default)s)"
    add("--out", type=Path, default=Path("results/sweeps"), metavar="DIR", help=folder)
    replace = "replace the report of another experiment in DIR"
    add("--replace", action="store_true", help=replace)
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="rendered views (default: %(default)s)")
    _add_search_options(parser)
    _add_confirm_options(parser)
    _add_cluster_options(parser)
    options = parser.parse_args(arguments)
    words = options.words
    options.verb = words.pop(0) if words and words[0] in VERBS else VERBS[0]
    if not options.list and len(words) != 1:
        parser.error(f"name one study: {', '.join(STUDIES)}")
    options.study = words[0] if words else ""
    return options


def _add_search_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how it searches")
    names = f"{', '.join(SAMPLERS)} (default: %(default)s)"
    group.add_argument("--sampler", default="tpe", metavar="NAME", help=f"what draws settings: {names}")
    names = f"{', '.join(SCHEDULERS)} (default: {SCHEDULER}; replay tries them all)"
    scored = f"what a trial is scored by: {', '.join(OBJECTIVES)} (default: %(default)s)"
    group.add_argument("--objective", default=USUAL, metavar="NAME", help=scored)
    matters = "difference that matters, in points: trials train, and confirm adds seeds, until the standard error is"
    group.add_argument(
        "--matters", type=_amount, default=1.5, metavar="X", help=f"{matters} below it (default: %(default)s)"
    )
    often = "trainings of a trial, whatever the standard error (default: as --matters asks)"
    group.add_argument("--repeats", type=_LISTED, metavar="N", help=often)
    most = "trainings of a trial at most, where --matters decides (default: %(default)s)"
    group.add_argument("--most-repeats", type=_LISTED, default=4, metavar="N", help=most)
    group.add_argument("--scheduler", metavar="NAME", help=f"what stops trials early: {names}")
    again = "replay: orders of the trials to try (default: %(default)s)"
    group.add_argument("--replays", type=_LISTED, default=200, metavar="N", help=again)
    weighed = f"front: {', '.join(SECONDS)} (default: %(default)s)"
    group.add_argument("--second", default="seconds", metavar="NAME", help=weighed)
    hours = "most GPU hours of the study, e.g. 40gpuh"
    group.add_argument("--minutes", type=_amount, metavar="M", help="end after this time; what was finished is kept")
    group.add_argument("--budget", dest="allowance", metavar="HOURSgpuh", help=hours)
    group.add_argument("--price-per-hour", type=_amount, metavar="P", help="of a GPU, or of the machine: for plan")


def _add_confirm_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("confirm")
    add = group.add_argument
    add("--best", type=_LISTED, default=3, metavar="N", help="settings to confirm (default: %(default)s)")
    add("--seeds", type=_LISTED, default=5, metavar="N", help="seeds and splits at first (default: %(default)s)")
    add("--most-seeds", type=_LISTED, default=10, metavar="N", help="and at most (default: %(default)s)")


def _add_cluster_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where trials run")
    add = group.add_argument
    add("--address", metavar="A", help="a running Ray cluster, e.g. auto; without it Ray starts here")
    add("--concurrency", type=_COUNT, metavar="N", help="trials at a time (default: one a core)")
    several = "above 1 by Ray Train (default: %(default)s)"
    add("--workers-per-trial", type=_COUNT, default=1, metavar="N", help=several)
    each = "for each worker (default: %(default)s)"
    add("--gpus-per-trial", type=partial(read_number, low=0), default=0.0, metavar="X", help=each)
    add("--storage", metavar="URL", help="Optuna's database (default: SQLite in DIR/STUDY/study.db)")


def _amount(text: str) -> float:
    value = read_number(text, 0)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value
