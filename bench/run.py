"""python -m bench.run --suite fer4d: measures every method of a suite and writes the leaderboard."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from smile.interruption import take_signals

if __name__ == "__main__":
    take_signals("bench.run")  # before the imports below, which take long

from bench.campaign import Campaign, run_campaign
from bench.data_sets import load_data
from bench.figures import draw_figures
from bench.listing import list_as_json, list_for_people
from bench.record import Record, read_records
from bench.suites import Suite, choose_budget, choose_protocols, choose_suite, make_config
from bench.tables.markdown import render_results, write_tables
from smile.atomic import forget_unfinished
from smile.config import Model, parse_changes
from smile.door import leave, make_parser, require_place, require_worker
from smile.errors import UserError
from smile.progress import Reporter
from smile.provenance import command_line

EPILOG = """\
examples:
  python -m bench.run --suite fer4d                           the synthetic stand-in, minutes on two cores
  python -m bench.run --suite fer4d --data bu4dfe=DIR         a folder that holds F001/Angry/000.wrl and so on
  python -m bench.run --suite fer4d --data bu3dfe=DIR --protocol bu3dfe_p1 --protocol bu3dfe_p2
  python -m bench.run --suite fer4d --data bu4dfe=DIR --data bp4d=DIR --protocol bu4dfe_bp4d
  python -m bench.run --suite fer4d --methods pixels,simclr   some methods only
  python -m bench.run --suite fer4d --method vicreg           one method more; also of your own: mymodule:METHOD
  python -m bench.run --suite fer4d --model runs/tiny         a saved model beside them
  python -m bench.run --suite fer4d --set training.epochs=90  another setting for every trained method
  python -m bench.run --suite fer4d --budget full --out results/full

what is written below --out:
  SUITE.md, SUITE.csv      the leaderboard, for people and for programs
  records/                 one JSON a method, data set, protocol and probe: scores, predictions, where they come from
  figures/                 one confusion matrix a method, and all accuracies with their intervals
  work/                    what a run that was stopped had finished; the same command goes on from there

A result on disk that was made with the same data, settings, seed and source is not computed again. Another budget or
setting replaces the records of the same methods: keep results that you want to compare in different --out folders.

exit status: 0 all is well; 1 a method failed, its row says why; 2 the command, a setting or the data cannot be used;
130 and 143 stopped by Ctrl-C and by SIGTERM: the same command goes on.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    if arguments is None:  # a program, and no part of one
        take_signals("bench.run")
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser().parse_args(given)
    if options.list:
        print(list_as_json() if options.json else list_for_people())
        return 0
    return leave("bench.run", lambda: _run(options, given))


def _run(options: argparse.Namespace, given: Sequence[str]) -> int:
    require_worker(options.workers)
    require_place(options.out)
    suite = _add_methods(choose_suite(options.suite, _split_names(options.methods)), options)
    budget = choose_budget(options.budget)
    config = make_config(suite, budget, options.seed, parse_changes(options.set))
    campaign = Campaign(suite, budget, config, options.out, command_line("bench.run", given), tuple(options.protocol))
    keys = [option.partition("=")[0] for option in options.data] or ["synthetic"]
    choose_protocols(suite, campaign.protocols, keys)  # a misspelt name ends here, before hours of rendering
    if config.model != Model():
        from smile.model.towers import require_towers  # its libraries take seconds to import

        require_towers(config.model)
    _tidy(options.out)
    with Reporter() as reporter:
        data = load_data(
            options.data, budget, config.rendering, cache=options.cache, workers=options.workers, reporter=reporter
        )
        records = run_campaign(campaign, data, reporter)
        _publish(campaign, reporter)
    print(render_results(suite, records))
    print(f"\nWritten: {options.out / suite.name}.md, .csv, and {options.out}/figures")
    return 1 if any(record.failed for record in records) else 0


def _add_methods(suite: Suite, options: argparse.Namespace) -> Suite:
    """Returns the suite with the methods of --method and --model behind its own."""
    if not options.method and not options.model:
        return suite
    from bench.methods.outside import adopt

    added = adopt(options.method, options.model)
    return replace(suite, methods=tuple(dict.fromkeys((*suite.methods, *added))))


def _tidy(out: Path) -> None:
    """Removes the files that a killed run had not finished."""
    forget_unfinished(out)
    for place in ("records", "figures", "work"):
        forget_unfinished(out / place, below=True)


def _split_names(text: str | None) -> tuple[str, ...]:
    """The methods that --methods names; none where the option is not given."""
    names = tuple(filter(None, (name.strip() for name in (text or "").split(","))))
    if text is not None and not names:
        raise UserError(f"--methods {text!r} names none; leave it out for all of the suite")
    return names


def _publish(campaign: Campaign, reporter: Reporter) -> list[Record]:
    """Writes tables and figures from all records of this suite in the results folder."""
    records, damaged = read_records(campaign.out, campaign.suite.name)
    for error in damaged:
        reporter.say(str(error))
    write_tables(campaign.out, campaign.suite, records)
    draw_figures(campaign.out, campaign.suite.name, records)
    return records


def _parser() -> argparse.ArgumentParser:
    about = "Measures frozen encoders of 3D/4D faces, subject-independently, beside floors that learn nothing."
    parser = make_parser("bench.run", about, EPILOG)
    add = parser.add_argument
    add("--suite", default="fer4d", help="what is run together (default: %(default)s; see --list)")
    add("--data", action="append", default=[], metavar="NAME=DIR", help="a data set on disk; may be repeated")
    add("--protocol", action="append", default=[], metavar="NAME", help="who is tested; may be repeated; see --list")
    add("--budget", default="quick", help="quick, standard or full (default: %(default)s)")
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
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, e.g. training.epochs=90")
    add("--seed", type=int, default=0, help="seed of the training; folds stay the same (default: %(default)s)")
    add("--out", type=Path, default=Path("results"), metavar="DIR", help="results folder (default: %(default)s)")
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="rendered views (default: %(default)s)")
    add("--workers", type=int, metavar="N", help="threads that render (default: one a core)")
    add("--list", action="store_true", help="list suites, methods, protocols and budgets, and end")
    add("--json", action="store_true", help="with --list: as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
