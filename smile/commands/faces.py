"""Which faces a command works on: a data set on disk, or faces that are made for it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from smile.data.face import DataSet
from smile.data.recording import FRAMES, SUBJECTS
from smile.errors import UserError, unknown

#: The environment variable that says where ICT-FaceKit lies, so that commands need not.
ICT_VARIABLE = "ICT_FACEKIT"


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Adds --data, --set and --cache, and how to make faces where there is no --data."""
    parser.add_argument("--data", metavar="NAME=DIR", help="a data set on disk; without it --source makes faces")
    add_making(parser)
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
        help="made subjects, six clips each (default: %(default)s)",
    )
    add("--frames", type=int, default=FRAMES, metavar="T", help="scans of a made clip (default: %(default)s)")
    add("--seed", type=int, default=0, metavar="N", help="of the made faces and of the training (default: %(default)s)")


def open_data(options: argparse.Namespace) -> DataSet:
    """The data set on disk that the options name, or else the one that they make."""
    from smile.data.readers import parse_data_option, read

    return read(*parse_data_option(options.data)) if options.data else make_data(options)


def make_data(options: argparse.Namespace) -> DataSet:
    """The made faces that the options ask for; UserError on a source that does not exist."""
    if options.source not in SOURCES:
        raise unknown("source", options.source, SOURCES)
    return SOURCES[options.source](options)


def _make_synthetic(options: argparse.Namespace) -> DataSet:
    from smile.data.synthetic import make_synthetic

    return make_synthetic(options.subjects, options.frames, options.seed)


def _make_ict(options: argparse.Namespace) -> DataSet:
    from smile.data.morphable import read_ict

    place = options.ict or os.environ.get(ICT_VARIABLE)
    if not place:
        raise UserError(
            "--source ict: say where ICT-FaceKit lies, with --ict PATH or the variable "
            f"{ICT_VARIABLE}; it is free: git clone https://github.com/ICT-VGL/ICT-FaceKit"
        )
    return read_ict(place, options.subjects, options.frames, options.seed)


#: What can make faces: name -> the data set of the options.
SOURCES: dict[str, Callable[[argparse.Namespace], DataSet]] = {"synthetic": _make_synthetic, "ict": _make_ict}
