"""python -m smile.run export: writes made faces as the files of a licensed data set."""

from __future__ import annotations

import argparse
from pathlib import Path

from smile.commands.faces import add_making, make_data
from smile.errors import unknown
from smile.progress import Reporter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add_making(parser)
    parser.add_argument("--format", default="bu4dfe", help="layout of the files, such as bp4d (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder, or one to go on with")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Writes the tree and says what it holds."""
    from smile.data.export import FORMATS
    from smile.data.readers import read

    if options.format not in FORMATS:
        raise unknown("format", options.format, FORMATS)
    layout = FORMATS[options.format]
    made = make_data(options, layout.program)

    def progress(done: int, total: int) -> None:
        reporter(f"Writing {options.out}", done, total)

    layout.write(made.clips, options.out, made.stand_in, progress)
    held = read(options.format, options.out)  # of one performance some layouts take several scans, others one
    print(f"{len(held.clips)} clips of {len(held.subjects)} subjects: {options.out}")
    return 0
