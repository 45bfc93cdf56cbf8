"""python -m smile.run COMMAND: checks, makes and renders 3D and 4D faces, and pretrains models on them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from smile.interruption import take_signals

if __name__ == "__main__":
    take_signals("smile.run")  # before the imports below, which take long

from smile.atomic import forget_unfinished
from smile.commands import COMMANDS
from smile.door import leave, make_parser
from smile.progress import Reporter

EPILOG = """\
examples:
  python -m smile.run check --data bu4dfe=DIR
  python -m smile.run export --format bu4dfe --subjects 12 --frames 20 --out data/synthetic
  python -m smile.run export --data ict=ICT-FaceKit --format bu4dfe --subjects 30 --frames 20 --out data/ict
  python -m smile.run prepare --data bu4dfe=data/ict --out cache
  python -m smile.run views bu4dfe=data/ict --out sheet.png
  python -m smile.run train --recipe tiny --data bu4dfe=data/ict --out runs/tiny
  python -m smile.run train --recipe tiny --workers 2 --set training.epochs=20 --out runs/two
  python -m smile.run doctor --rehearse
  python -m smile.run submit -- bench.run --suite fer4d
  python -m smile.run predict data/ict/F001/Happy --model runs/tiny --picture seen.png
  python -m smile.run predict data/ict/F001 --model runs/tiny --fit bu4dfe=data/ict

exit status: 0 all is well; 2 the command, a setting, the data or (doctor) something that it found cannot be used; of a
job that submit follows its own, or 1 where it was stopped; 130 and 143 stopped by Ctrl-C and by
SIGTERM: the same command goes on.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    if arguments is None:  # a program, and no part of one
        take_signals("smile.run")
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given, argparse.Namespace(given=given))

    def act() -> int:
        _tidy([getattr(options, name, None) for name in ("out", "picture")])
        with Reporter() as reporter:
            return COMMANDS[options.command].act(options, reporter)

    return leave("smile.run", act)


def _tidy(places: Iterable[Path | None]) -> None:
    """Removes what a killed command had not finished of its files at these places, or in these folders."""
    for place in filter(None, places):
        for folder in (place, place.parent):
            forget_unfinished(folder)


def _parser() -> argparse.ArgumentParser:
    parser = make_parser("smile.run", "SMILE-VLM on 3D and 4D faces: data, pictures to look at, pretraining.", EPILOG)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=command.about, description=command.about))
    return parser


if __name__ == "__main__":
    sys.exit(main())
