"""python -m bench.run show DIR: prints the tables of a results folder from its records, or writes them anew."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.publishing import publish, read_suite
from bench.suites import SUITES, choose_suite
from bench.tables.formats import FORMATS, render_format
from smile.errors import UserError
from smile.progress import Reporter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    add("results", type=Path, metavar="DIR", help="a results folder, which holds records/")
    add("--suite", metavar="NAME", help="only this suite (default: every suite that has records)")
    add("--format", choices=FORMATS, default="terminal", help="how tables are printed (default: %(default)s)")
    add("--verbose", action="store_true", help="also print differences on the same clips, audits and commands")
    add("--write", action="store_true", help="also write tables, figures and the page anew")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Prints the tables; raises UserError where the folder holds no record that can be read."""
    suites = [choose_suite(options.suite)] if options.suite else list(SUITES.values())
    found = {suite.name: read_suite(options.results, suite, reporter) for suite in suites}
    shown = [suite for suite in suites if found[suite.name]]
    if not shown:
        raise UserError(f"{options.results}: holds no record of {', '.join(found)}; name a folder that holds records/")
    if options.write:
        for suite in shown:
            publish(options.results, suite, found[suite.name], reporter)
    print("\n\n".join(render_format(options.format, one, found[one.name], options.verbose) for one in shown))
    return 0
