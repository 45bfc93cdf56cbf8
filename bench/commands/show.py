"""python -m bench.run show DIR: prints the tables of a results folder from its records, or writes them anew."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.data_sets import Studio, open_studio
from bench.page.gallery import DEFAULT_SHOWN, PICTURES, SHOWN, Gallery
from bench.publishing import conclude_reading, publish, read_sound
from bench.record import Record
from bench.suites import BUDGETS, SUITES, choose_suite
from bench.tables.formats import FORMATS, render_format
from smile.config import from_dict
from smile.errors import UserError
from smile.progress import Reporter

if TYPE_CHECKING:  # a command imports what it needs only when it acts
    from smile.data.face import DataSet
    from smile.rendering.views import Views


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    add("results", type=Path, metavar="DIR", help="a results folder, which holds records/")
    add("--suite", metavar="NAME", help="only this suite (default: every suite that has records)")
    add("--format", choices=FORMATS, default="terminal", help="how tables are printed (default: %(default)s)")
    add("--verbose", action="store_true", help="also print differences on the same clips, audits and commands")
    add("--write", action="store_true", help="also write tables, figures and the page anew")
    seen = "for --write: faces whose pictures the page shows; may be repeated (default: synthetic ones, if drawn)"
    add("--data", action="append", default=[], metavar="NAME=DIR", help=seen)
    add("--pictures", choices=SHOWN, default=DEFAULT_SHOWN, help=PICTURES)
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="rendered views (default: %(default)s)")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Prints the tables; returns 1 where a record is damaged. Raises UserError where none can be read."""
    found, damaged = _read(options, reporter)
    shown = [suite for suite in SUITES.values() if found.get(suite.name)]
    if options.write:
        every = [record for suite in shown for record in found[suite.name]]
        faces = [] if options.pictures == "none" else list(_find_faces(options, every, reporter))
        gallery = Gallery.of(faces, options.pictures)
        for suite in shown:
            publish(options.results, suite, found[suite.name], reporter, gallery)
    print("\n\n".join(render_format(options.format, one, found[one.name], options.verbose) for one in shown))
    return conclude_reading(damaged, reporter)


def _read(options: argparse.Namespace, reporter: Reporter) -> tuple[dict[str, list[Record]], int]:
    """Returns suite -> its records, and how many files cannot be read; raises UserError where there is no record."""
    suites = [choose_suite(options.suite)] if options.suite else list(SUITES.values())
    read = {suite.name: read_sound(options.results, suite, reporter) for suite in suites}
    if not any(records for records, _ in read.values()):
        raise UserError(f"{options.results}: holds no record of {', '.join(read)}; name a folder that holds records/")
    return {name: records for name, (records, _) in read.items()}, sum(damaged for _, damaged in read.values())


def _find_faces(options: argparse.Namespace, records: Sequence[Record], reporter: Reporter) -> Iterator[Views]:
    """Yields the faces of these records: those that --data names; without it synthetic ones that are drawn already."""
    settings = {
        (one.setting.budget, json.dumps(one.setting.config.get("rendering"), sort_keys=True)) for one in records
    }
    names = {one.setting.data_set for one in records}
    for budget, rendering in sorted(settings):
        if budget not in BUDGETS or rendering == "null":  # of another version of this project
            continue
        config = from_dict({"rendering": json.loads(rendering)})
        studio = open_studio(
            options.data, BUDGETS[budget], config.rendering, cache=options.cache, workers=None, reporter=reporter
        )
        here = [one for one in studio.data_sets if one.name in names]
        yield from replace(studio, data_sets=tuple(here if options.data else _keep_drawn(studio))).draw()


def _keep_drawn(studio: Studio) -> Iterator[DataSet]:
    """Yields the data sets that lie in the cache, so that nothing is drawn that nobody asked for."""
    from smile.rendering.cache.cache import Cache
    from smile.rendering.cache.packed import read_index

    for data_set in studio.data_sets:
        if read_index(Cache.of(data_set, studio.rendering, studio.cache).place) is not None:
            yield data_set
