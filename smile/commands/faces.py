"""Adds the options that name the faces of a command, and opens these faces: on disk, or made."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from smile.door import Once, read_frames, read_subjects
from smile.errors import UserError
from smile.stand_ins.cast import FRAMES, SUBJECTS, Cast, Program
from smile.stand_ins.identities import IDENTITIES
from smile.stand_ins.nuisances.levels import DIFFICULTIES
from smile.stand_ins.performances import PERFORMANCES

_TABLES = ("performance", "identities", "difficulty")  # options of `add_performance`, fields of Source

if TYPE_CHECKING:  # a command imports what it needs only when it acts
    from smile.data.face import DataSet
    from smile.sources import Source


def add_data(
    parser: argparse.ArgumentParser, what: str = "a data set on disk, or ict=DIR for made faces", several: bool = False
) -> None:
    """Adds --data, and the options of `add_cast`; with `several`, --data may be repeated: see `open_several`."""
    add = parser.add_argument
    more = "; may be repeated" if several else ""
    action = "append" if several else Once
    add("--data", action=action, metavar="NAME=DIR", help=f"{what} (default: synthetic faces){more}")
    add_cast(parser)


def add_cast(parser: argparse.ArgumentParser) -> None:
    """Adds --subjects, --frames, --seed and --performances-file, which decide which faces are made."""
    add = parser.add_argument
    about = f"made subjects, one clip of each expression (default: {SUBJECTS})"
    add("--subjects", type=read_subjects, metavar="N", help=about)
    about = f"scans of a made clip (default: {FRAMES}, or what a --format needs)"
    add("--frames", type=read_frames, metavar="T", help=about)
    add("--seed", type=int, default=0, metavar="N", help="of the made faces and of the training (default: %(default)s)")
    add("--performances-file", type=Path, metavar="CSV", help="WSEFEP_Data.csv, which posed performances read")


def add_performance(parser: argparse.ArgumentParser) -> None:
    """Adds --performance, --identities and --difficulty, for what --data may say as well."""
    add = parser.add_argument
    listed = "; ".join(f"{name}: {source.about}" for name, source in PERFORMANCES.items())
    about = f"how made faces act, short for --data synthetic:NAME; {listed} (default: textbook)"
    add("--performance", choices=tuple(PERFORMANCES), help=about)
    add("--identities", choices=tuple(IDENTITIES), help="blended: from parts of several faces; short in the same way")
    about = "hard: behind hair, glasses and hands, by poor scanners; short in the same way (default: clean)"
    add("--difficulty", choices=tuple(DIFFICULTIES), help=about)


def add_rendering(parser: argparse.ArgumentParser) -> None:
    """Adds --set and --cache."""
    add = parser.add_argument
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, e.g. training.epochs=90")
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="rendered views (default: %(default)s)")


def open_several(options: argparse.Namespace) -> list[DataSet]:
    """Opens every data set that the options name, each once. Raises UserError where one is named twice or fails."""
    from smile.sources import DEFAULT, parse_source
    from smile.stand_ins.makers import MAKERS

    named = options.data or [DEFAULT.name]
    sources = [parse_source(text) for text in named]
    if not any(source.name in MAKERS for source in sources):
        _refuse_cast(options, sources[0].name)
    found = [_open(options, source, Program()) for source in sources]
    names = [one.name for one in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UserError(f"--data names {', '.join(sorted(twice))} twice; give one folder for each data set")
    return found


def open_data(options: argparse.Namespace, program: Program | None = None) -> DataSet:
    """Opens the data set that the options name; made faces act `program`. Raises UserError where this fails."""
    from smile.sources import DEFAULT, parse_source
    from smile.stand_ins.makers import MAKERS

    name, *place = (options.data or DEFAULT.name).partition("=")
    words = filter(None, (getattr(options, option, None) for option in _TABLES))
    source = parse_source(":".join([name, *words]) + "".join(place))
    if source.name not in MAKERS:
        _refuse_cast(options, source.name)
    return _open(options, source, program or Program())


def _refuse_cast(options: argparse.Namespace, name: str) -> None:
    if options.subjects is not None or options.frames is not None:
        raise UserError(f"--subjects and --frames are for faces that are made; {name} names recordings")


def _open(options: argparse.Namespace, source: Source, program: Program) -> DataSet:
    from smile.sources import open_source

    if options.frames is not None:
        program = replace(program, frames=options.frames)
    subjects = SUBJECTS if options.subjects is None else options.subjects
    return open_source(source, Cast(subjects, program, options.seed), options.performances_file)
