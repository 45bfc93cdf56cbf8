"""Reads the command line of bench.run: which suite to measure, how and where, or a command that looks at results."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.commands import COMMANDS, about
from bench.page.gallery import DEFAULT_SHOWN, PICTURES, SHOWN
from bench.tables.formats import FORMATS
from smile.door import make_parser, read_frames, read_subjects

EPILOG = """\
commands, each with a --help of its own:
  show, compare, features, audit  look at results, models and splits, and measure nothing
  replay                          computes a record again: the same, or what differs and why
  tune                            chooses settings on people whom no table shows

examples:
  python -m bench.run --suite fer4d                           the synthetic stand-in, minutes on two cores
  python -m bench.run --suite fer4d --data synthetic:theories   made faces that act as theories of emotion say
  python -m bench.run --suite few --data synthetic:theories:hard --subjects 320   as many faces as a claim needs
  python -m bench.run --suite fer4d --data bu4dfe=DIR         a folder that holds F001/Angry/000.wrl and so on
  python -m bench.run --suite fer4d --data bu3dfe=DIR --protocol bu3dfe_p1 --protocol bu3dfe_p2
  python -m bench.run --suite fer4d --data bu4dfe=DIR --data bp4d=DIR --protocol bu4dfe_bp4d
  python -m bench.run --suite fer4d --data bp4d=DIR --pretrain bu4dfe=DIR   encoders see BU-4DFE as well
  python -m bench.run --suite all --data bu3dfe=DIR --data bu4dfe=DIR       every suite, on the data that it is for
  python -m bench.run --suite fer4d --methods pixels,simclr   some methods only
  python -m bench.run --suite fer4d --method vicreg           one method more; also of your own: mymodule:METHOD
  python -m bench.run --suite fer4d --model runs/tiny         a saved model beside them
  python -m bench.run tune --methods simclr,vicreg --trials 8   as many trials for each, on people who are not tested
  python -m bench.run --suite fer4d --tuned results/tuning.json   rows with what was chosen, beside the defaults
  python -m bench.run --suite fer4d --set training.epochs=90  another setting for every trained method
  python -m bench.run --suite fer4d --seeds 0-4               five seeds, judged together
  python -m bench.run --suite fer4d --jobs 8 --threads 1      eight methods side by side on this machine
  python -m bench.run --suite fer4d --address auto            on all machines of a Ray cluster
  python -m bench.run --suite few                             1, 2, 5, 10, 20 and all labelled subjects
  python -m bench.run --suite robust                          tested faces turned, hidden, noisy and so on
  python -m bench.run --suite fer4d --budget full --out results/full
  python -m bench.run --suite fer4d --format latex            tables for a paper
  python -m bench.run show results/full --format latex        the same from the records alone, in seconds
  python -m bench.run compare results/full results            what differs, on which clips, with an interval
  python -m bench.run --audit folds.csv --data bu4dfe=DIR    is a split fair? exit status 1 where it is not
  python -m bench.run replay results/records/fer4d/synthetic/tenfold/clean/linear_probe/seed_0/pixels.json
  python -m bench.run features --model runs/tiny --out features.npz

what is written below --out:
  SUITE.md, SUITE.csv      the leaderboard, for people and for programs
  records/                 one JSON a method, data set, protocol, condition, probe and seed: scores, predictions, origin
  index.html               a page to sort, filter and look into every record; open it in a browser, offline
  figures/                 confusion matrices, accuracies with intervals, recall by class, cost, differences
  work/                    what a run that was stopped had finished; the same command goes on from there

A result on disk that was made with the same data, settings, seed and source is not computed again. Another budget or
setting replaces the records of the same methods: keep results that you want to compare in different --out folders.

exit status: 0 all is well; 1 a method failed, its row says why, a split is red, or a record is damaged; 2 the command,
a setting or the data cannot be used; 130 and 143 stopped by Ctrl-C and by SIGTERM: the same command goes on.
"""


def parse(given: Sequence[str]) -> argparse.Namespace:
    """Reads the command line: a first word without dashes is a command, otherwise a suite is measured."""
    if not given or given[0].startswith("-"):
        options = _parser().parse_args(given)
        options.command = "audit" if options.folds else "replay" if options.record else ""
        return options
    parser = make_parser("bench.run", "Looks at results and models, and computes records again.", "")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=about(command), description=about(command)))
    return parser.parse_args(given)


def _parser() -> argparse.ArgumentParser:
    purpose = "Measures frozen encoders of 3D/4D faces, subject-independently, beside floors that learn nothing."
    parser = make_parser("bench.run", purpose, EPILOG)
    parser.add_argument("--list", action="store_true", help="list suites, methods, protocols and budgets, and end")
    parser.add_argument("--json", action="store_true", help="with --list and --audit: as JSON")
    _add_data(parser)
    _add_methods(parser)
    _add_measures(parser)
    _add_hands(parser)
    _add_output(parser)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is measured, and on which faces")
    add = group.add_argument
    add("--suite", default="fer4d", help="what is run together, or all (default: %(default)s; see --list)")
    add("--data", action="append", default=[], metavar="NAME=DIR", help="a data set on disk; may be repeated")
    add("--subjects", type=read_subjects, metavar="N", help="made subjects (default: those of the budget)")
    add("--frames", type=read_frames, metavar="T", help="scans in each made clip (default: those of the budget)")
    told = "encoders are pretrained on this data set as well, which is not tested; may be repeated"
    add("--pretrain", action="append", default=[], metavar="NAME=DIR", help=told)
    add("--protocol", action="append", default=[], metavar="NAME", help="who is tested; may be repeated; see --list")
    told = "judge a split, and measure nothing; docs/audit.md"
    alone = group.add_mutually_exclusive_group()
    alone.add_argument("--audit", type=Path, dest="folds", metavar="FOLDS.csv", help=told)
    told = "compute one record again, as the command replay does, with --data where the data lie now"
    alone.add_argument("--replay", type=Path, dest="record", metavar="RECORD", help=told)


def _add_methods(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("which methods").add_argument
    add("--methods", metavar="A,B", help="only these methods (default: all of the suite)")
    told = "one more: its name, or MODULE:NAME; may be repeated"
    add("--method", action="append", default=[], metavar="M", help=told)
    told = "a saved model: a folder or a hub name; may be repeated"
    add("--model", action="append", default=[], metavar="DIR", help=told)
    told = "rows with the settings that tune chose; may be repeated"
    add("--tuned", action="append", default=[], type=Path, metavar="F.json", help=told)


def _add_measures(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("how").add_argument
    add("--budget", default="quick", help="quick, standard or full (default: %(default)s)")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, e.g. training.epochs=90")
    add("--conditions", metavar="A,B", help="what is done to tested faces (default: the conditions of the suite)")
    add("--probes", metavar="A,B", help="how embeddings are measured (default: the probes of the suite)")
    add("--seeds", "--seed", default="0", metavar="0-4", help="of the training; folds stay (default: %(default)s)")


def _add_hands(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("on how many cores, and where").add_argument
    add("--workers", type=int, metavar="N", help="threads that render (default: one a core)")
    add("--jobs", type=int, default=1, metavar="N", help="methods measured side by side here (default: %(default)s)")
    add("--threads", type=int, metavar="T", help="cores of each (default: all, shared by the jobs); decides last bits")
    add("--address", metavar="A", help="a Ray cluster that measures, e.g. auto; this process writes")


def _add_output(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("what is kept and shown").add_argument
    add("--out", type=Path, default=Path("results"), metavar="DIR", help="results folder (default: %(default)s)")
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="rendered views (default: %(default)s)")
    add("--format", choices=FORMATS, default="terminal", help="how the tables are printed (default: %(default)s)")
    add("--pictures", choices=SHOWN, default=DEFAULT_SHOWN, help=PICTURES)
    add("--verbose", action="store_true", help="also print differences on the same clips, audits and commands")
