"""python -m smile.run export: writes made faces as the files of a licensed data set."""

from __future__ import annotations

import argparse
from pathlib import Path

from smile.atomic import write_json
from smile.commands.faces import add_data, add_performance, open_data
from smile.errors import UserError, unknown
from smile.progress import Reporter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add_data(parser, "what makes the faces: ict=DIR, or synthetic")
    add_performance(parser)
    parser.add_argument("--format", default="bu4dfe", help="layout of the files, such as bp4d (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder, or one to go on with")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Writes the tree, its ceiling beside it, and says what it holds."""
    from smile.sets.readers import read_data_set
    from smile.stand_ins.export import FORMATS
    from smile.stand_ins.performances.ceiling import CEILING, describe_ceiling, find_ceiling

    if options.format not in FORMATS:
        raise unknown("format", options.format, FORMATS)
    layout = FORMATS[options.format]
    made = open_data(options, layout.program)
    if not made.stand_in:
        raise UserError(f"--data {options.data}: export writes faces that are made; name ict=DIR or synthetic")

    def progress(done: int, total: int) -> None:
        reporter(f"Writing {options.out}", done, total)

    layout.write(made.clips, options.out, made.stand_in, progress)
    held = read_data_set(options.format, options.out)  # count on disk: layouts make different numbers of clips
    print(f"{len(held.clips)} clips of {len(held.subjects)} subjects: {options.out}")
    if told := find_ceiling(made.clips):
        write_json(options.out / CEILING, told)
        print(describe_ceiling(told))
    return 0
