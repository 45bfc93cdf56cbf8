"""python -m bench.run --suite fer4d: measures every method of a suite and writes the leaderboard."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from smile.interruption import take_signals

if __name__ == "__main__":
    take_signals("bench.run")  # before the imports below, which take long

from bench.commands import COMMANDS, about
from bench.listing import list_as_json, list_for_people
from bench.measuring import Order, measure, plan_campaigns, publish_all
from bench.page.gallery import DEFAULT_SHOWN, PICTURES, SHOWN, Gallery
from bench.spread.errand import Crew
from bench.suites import ALL, Suite, choose_budget, choose_probes, choose_suites
from bench.tables.formats import FORMATS, render_format
from bench.tables.overview import write_overview
from smile.atomic import forget_unfinished
from smile.cluster import require_cluster
from smile.config import parse_changes
from smile.door import leave, make_parser, require_place, require_worker
from smile.errors import UserError
from smile.progress import Reporter
from smile.provenance import command_line

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

exit status: 0 all is well; 1 a method failed, its row says why, or a split is red; 2 the command, a setting or the
data cannot be used; 130 and 143 stopped by Ctrl-C and by SIGTERM: the same command goes on.
"""


#: Bounds of --seeds, so that a slip of the finger does not ask for years of training.
MOST_SEEDS, MOST_SEED = 100, 2**31


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    if arguments is None:  # a program, and no part of one
        take_signals("bench.run")
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = parse(given)
    if options.command:
        return leave("bench.run", lambda: _act(options))
    if options.list:
        return leave("bench.run", lambda: _list(options.json))
    return leave("bench.run", lambda: _run(options, given))


def _list(as_json: bool) -> int:
    print(list_as_json() if as_json else list_for_people())
    return 0


def _run(options: argparse.Namespace, given: Sequence[str]) -> int:
    require_worker(options.workers)
    hire = _find_hands(options)
    require_cluster(options.address)
    require_place(options.out)
    order = read_order(options, command_line("bench.run", given))
    campaigns = plan_campaigns(order)  # a misspelt name ends here, before hours of rendering
    _tidy(options.out)
    with Reporter() as reporter:
        measured, drawn = measure(order, campaigns, reporter, hire(reporter))
        held = publish_all(order, reporter, Gallery.of(drawn, options.pictures))
    print("\n".join(tell_places(order, options.suite)) + "\n")
    records = [record for own in measured.values() for record in own]
    if options.suite == ALL:
        print(write_overview(order.out, order.suites, held))
    else:
        print(render_format(options.format, order.suites[0], records, options.verbose))
    return 1 if any(record.failed for record in records) else 0


def _find_hands(options: argparse.Namespace) -> Callable[[Reporter], Crew | None]:
    """Returns what hires those who measure methods side by side: nobody where this process measures them in order."""
    cores = len(os.sched_getaffinity(0))
    if options.jobs < 1 or (options.threads is not None and not 0 < options.threads <= 1024):
        raise UserError("--jobs and --threads count from 1")
    if options.address and options.jobs > 1:
        raise UserError("--jobs is for this machine; on a cluster as many methods run as it has room for")
    threads = options.threads or max(cores // options.jobs, 1)
    if options.address or options.jobs > 1:
        from bench.spread.crew import hire

        where, jobs = options.address or "local", None if options.address else options.jobs
        return lambda reporter: hire(where, threads, reporter, jobs)
    if options.threads:
        import torch  # takes seconds

        torch.set_num_threads(threads)
    return lambda _: None


def read_order(options: argparse.Namespace, command: str) -> Order:
    """Returns what the options of a command line order. Raises UserError on a misspelt name or setting."""
    names = {kind: _split_names(kind, getattr(options, kind)) for kind in ("methods", "probes", "conditions")}
    suites = choose_suites(options.suite, names["methods"])
    if options.suite == ALL and (options.protocol or names["probes"] or names["conditions"]):
        raise UserError(
            "--suite all: each suite has protocols, probes and conditions of its own; name one suite to choose others"
        )
    suites = tuple(
        choose_probes(_add_methods(suite, options), names["probes"], names["conditions"]) for suite in suites
    )
    changes = parse_changes(options.set)
    if "training.seed" in changes:
        raise UserError("--set training.seed: give seeds by --seeds, e.g. --seeds 0-4")
    return Order(
        suites,
        choose_budget(options.budget),
        options.out,
        command,
        tuple(options.data),
        tuple(options.pretrain),
        tuple(options.protocol),
        parse_seeds(options.seeds),
        changes,
        options.cache,
        options.workers,
        options.subjects,
        options.frames,
    )


def tell_places(order: Order, name: str) -> list[str]:
    """Returns the lines that say where results lie."""
    files = f"{order.out / name}.md" if name == ALL else f"{order.out / name}.md and .csv"
    return [f"Written: {files}, {order.out}/figures, {order.out}/index.html (a page)"]


def _act(options: argparse.Namespace) -> int:
    """Runs a command other than measuring a suite."""
    options.read = lambda given: read_order(parse(given), command_line("bench.run", given))
    with Reporter() as reporter:
        status: int = COMMANDS[options.command].act(options, reporter)
        return status


def _add_methods(suite: Suite, options: argparse.Namespace) -> Suite:
    """Returns the suite with the methods of --method, --model and --tuned behind its own."""
    if not options.method and not options.model and not options.tuned:
        return suite
    from bench.methods.outside import adopt
    from bench.methods.tuned import adopt_tuned

    added = adopt(options.method, options.model)
    added += tuple(name for file in options.tuned for name in adopt_tuned(file))
    return replace(suite, methods=tuple(dict.fromkeys((*suite.methods, *added))))


def _tidy(out: Path) -> None:
    """Removes the files that a killed run had not finished."""
    forget_unfinished(out)
    for place in ("records", "figures", "work"):
        forget_unfinished(out / place, below=True)


def _split_names(option: str, text: str | None) -> tuple[str, ...]:
    """The names that an option such as --methods gives; none where the option is not given."""
    names = tuple(filter(None, (name.strip() for name in (text or "").split(","))))
    if text is not None and not names:
        raise UserError(f"--{option} {text!r} names none; leave it out for all of the suite")
    return names


def parse_seeds(text: str) -> tuple[int, ...]:
    """Returns the seeds that a text such as "0-4" or "0,3" names, sorted, each once; UserError where it names none."""
    seeds: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdecimal() or not (last.isdecimal() or "-" not in part):
            raise UserError(f"--seeds {text!r}: {part.strip()!r} is no seed; write e.g. 0-4, or 0,3")
        ends = (int(first), int(last or first))
        if not ends[0] <= ends[1] < MOST_SEED or ends[1] - ends[0] >= MOST_SEEDS:
            raise UserError(f"--seeds {text!r}: at most {MOST_SEEDS} seeds, ascending, each below {MOST_SEED}")
        seeds |= set(range(ends[0], ends[1] + 1))
    return tuple(sorted(seeds))


def parse(given: Sequence[str]) -> argparse.Namespace:
    """Reads the command line: a first word without dashes is a command, otherwise a suite is measured."""
    if not given or given[0].startswith("-"):
        options = _parser().parse_args(given)
        options.command = "audit" if options.folds else ""
        return options
    parser = make_parser("bench.run", "Looks at results and models, and computes records again.", "")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=about(command), description=about(command)))
    return parser.parse_args(given)


def _parser() -> argparse.ArgumentParser:
    purpose = "Measures frozen encoders of 3D/4D faces, subject-independently, beside floors that learn nothing."
    parser = make_parser("bench.run", purpose, EPILOG)
    add = parser.add_argument
    add("--suite", default="fer4d", help="what is run together, or all (default: %(default)s; see --list)")
    add("--data", action="append", default=[], metavar="NAME=DIR", help="a data set on disk; may be repeated")
    about = "encoders are pretrained on this data set as well, which is not tested; may be repeated"
    add("--pretrain", action="append", default=[], metavar="NAME=DIR", help=about)
    add("--protocol", action="append", default=[], metavar="NAME", help="who is tested; may be repeated; see --list")
    add("--subjects", type=int, metavar="N", help="made subjects (default: those of the budget)")
    add("--frames", type=int, metavar="T", help="scans in each made clip (default: those of the budget)")
    add("--budget", default="quick", help="quick, standard or full (default: %(default)s)")
    _add_who(add)
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, e.g. training.epochs=90")
    add("--conditions", metavar="A,B", help="what is done to tested faces (default: the conditions of the suite)")
    add("--probes", metavar="A,B", help="how embeddings are measured (default: the probes of the suite)")
    add("--seeds", "--seed", default="0", metavar="0-4", help="of the training; folds stay (default: %(default)s)")
    add("--out", type=Path, default=Path("results"), metavar="DIR", help="results folder (default: %(default)s)")
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="rendered views (default: %(default)s)")
    add("--workers", type=int, metavar="N", help="threads that render (default: one a core)")
    add("--jobs", type=int, default=1, metavar="N", help="methods measured side by side here (default: %(default)s)")
    add("--threads", type=int, metavar="T", help="cores of each (default: all, shared by the jobs); decides last bits")
    add("--address", metavar="A", help="a Ray cluster that measures, e.g. auto; this process writes")
    add(
        "--audit",
        type=Path,
        dest="folds",
        metavar="FOLDS.csv",
        help="judge a split, and measure nothing; docs/audit.md",
    )
    add("--format", choices=FORMATS, default="terminal", help="how the tables are printed (default: %(default)s)")
    add("--pictures", choices=SHOWN, default=DEFAULT_SHOWN, help=PICTURES)
    add("--verbose", action="store_true", help="also print differences on the same clips, audits and commands")
    add("--list", action="store_true", help="list suites, methods, protocols and budgets, and end")
    add("--json", action="store_true", help="with --list: as JSON")
    return parser


def _add_who(add: Callable[..., Any]) -> None:
    """Adds the options that say which methods are measured."""
    add("--methods", metavar="A,B", help="only these methods (default: all of the suite)")
    add(
        "--method", action="append", default=[], metavar="M", help="one more: its name, or MODULE:NAME; may be repeated"
    )
    add(
        "--model",
        action="append",
        default=[],
        metavar="DIR",
        help="a saved model: a folder or a hub name; may be repeated",
    )
    told = "rows with the settings that tune chose; may be repeated"
    add("--tuned", action="append", default=[], type=Path, metavar="F.json", help=told)


if __name__ == "__main__":
    sys.exit(main())
