"""python -m smile.run ceiling: measures how well the classes of made faces could be told, and draws nothing."""

from __future__ import annotations

import argparse
import json

from smile.commands.faces import add_data, add_performance, open_data
from smile.errors import UserError
from smile.progress import Reporter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add_data(parser, "what makes the faces: ict=DIR, or synthetic")
    add_performance(parser)
    parser.add_argument("--json", action="store_true", help="print what export writes beside the faces")


def act(options: argparse.Namespace, _reporter: Reporter) -> int:
    """Prints the accuracy of a classifier that sees the true shape weights."""
    from smile.stand_ins.performances.ceiling import describe_ceiling, find_ceiling

    made = open_data(options)
    told = find_ceiling(made.clips)
    if told is None:
        raise UserError(f"--data {options.data}: true weights are known of faces in the making: ict=DIR or synthetic")
    print(json.dumps(told, indent=2) if options.json else f"{made.title}: {describe_ceiling(told)}")
    return 0
