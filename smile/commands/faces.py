"""Which faces a command works on: a data set on disk, or faces that are made for it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from smile.data.face import DataSet
from smile.data.recording import FRAMES, SUBJECTS, Program
from smile.errors import UserError, unknown

#: The environment variable that says where ICT-FaceKit lies, so that commands need not.
ICT_VARIABLE = "ICT_FACEKIT"


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Adds --data, --set and --cache, and how to make faces where there is no --data."""
    parser.add_argument("--data", metavar="NAME=DIR", help="a data set on disk; without it --source makes faces")
    add_making(parser)
    add_rendering(parser)


def add_rendering(parser: argparse.ArgumentParser) -> None:
    """Adds --set and --cache."""
    add = parser.add_argument
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, e.g. training.epochs=90")
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="rendered views (default: %(default)s)")


def add_making(parser: argparse.ArgumentParser) -> None:
    """Adds what decides which faces are made."""
    add = parser.add_argument
    add("--source", default="synthetic", help=f"what makes faces: {', '.join(SOURCES)} (default: %(default)s)")
    add("--ict", metavar="PATH", help=f"clone or .npz of ICT-FaceKit (default: the variable {ICT_VARIABLE})")
    add(
        "--subjects",
        type=int,
        default=SUBJECTS,
        metavar="N",
        help="made subjects, one clip of each expression (default: %(default)s)",
    )
    add("--frames", type=int, metavar="T", help=f"scans of a made clip (default: {FRAMES}, or what a --format needs)")
    add("--seed", type=int, default=0, metavar="N", help="of the made faces and of the training (default: %(default)s)")


def open_data(options: argparse.Namespace) -> DataSet:
    """The data set on disk that the options name, or else the one that they make."""
    from smile.data.readers import parse_data_option, read

    return read(*parse_data_option(options.data)) if options.data else make_data(options)


def make_data(options: argparse.Namespace, program: Program | None = None) -> DataSet:
    """The made faces that the options ask for, acting `program`; UserError on a source that does not exist."""
    if options.source not in SOURCES:
        raise unknown("source", options.source, SOURCES)
    program = program or Program()
    if options.frames is not None:
        program = replace(program, frames=options.frames)
    return SOURCES[options.source](options, program)


def _make_synthetic(options: argparse.Namespace, program: Program) -> DataSet:
    from smile.data.synthetic import make_synthetic

    difficulty, expressions = program.difficulty, program.expressions
    return make_synthetic(options.subjects, program.frames, options.seed, difficulty, expressions=expressions)


def _make_ict(options: argparse.Namespace, program: Program) -> DataSet:
    from smile.data.morphable import read_ict

    place = options.ict or os.environ.get(ICT_VARIABLE)
    if not place:
        raise UserError(
            "--source ict: say where ICT-FaceKit lies, with --ict PATH or the variable "
            f"{ICT_VARIABLE}; it is free: git clone https://github.com/ICT-VGL/ICT-FaceKit"
        )
    difficulty, expressions = program.difficulty, program.expressions
    return read_ict(place, options.subjects, program.frames, options.seed, difficulty, expressions=expressions)


#: What can make faces: name -> the data set of the options and the program.
SOURCES: dict[str, Callable[[argparse.Namespace, Program], DataSet]] = {"synthetic": _make_synthetic, "ict": _make_ict}
