"""python -m cluster: writes cluster.yaml and the files in cluster/ from their templates; forecasts what runs take."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from cluster.settings import ROOT
from cluster.writing import find_stale, make_files
from smile.atomic import write_text
from smile.door import leave, make_parser, read_whole
from smile.errors import UserError, unknown

EPILOG = """\
examples:
  python -m cluster            after a change of requirements.lock, cluster/settings.py or cluster/templates
  python -m cluster --check    only compare
  python -m cluster forecast   what a step takes on 1, 8, 64 and 1,000 GPUs, and a plan for 10 million scans
  python -m cluster forecast --card h100 --gpus 8,64 --scans 1000000 --frames 1
  python -m cluster measure    the points of results/cluster.json, to which the forecast is fitted, anew

exit status: 0 all is well; 1 --check found files that differ from their templates; 2 a wrong option or file.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    return leave("cluster", lambda: _act(options))


def _act(options: argparse.Namespace) -> int:
    if options.what == "measure":
        from cluster.forecast.points import FILE, take_points

        take_points()
        print(f"written: {FILE}")
        return 0
    if options.what == "forecast":
        print(_forecast(options))
        return 0
    stale = find_stale()
    for path in stale:
        if not options.check:
            write_text(ROOT / path, make_files()[path])
        print(f"{'differs' if options.check else 'written'}: {path}")
    if not stale:
        print("all files are as their templates say")
    return 1 if options.check and stale else 0


def _forecast(options: argparse.Namespace) -> str:
    from cluster.forecast.fit import fit_lines
    from cluster.forecast.plan import Corpus
    from cluster.forecast.step import CARDS, Place, StepWork
    from cluster.forecast.telling import tell_forecast

    if options.card not in CARDS:
        raise unknown("card", options.card, CARDS)
    try:
        gpus = [read_whole(one, low=1) for one in options.gpus.split(",")]
        corpus = replace(Corpus(), scans=options.scans, frames=options.frames)
        if options.storage <= 0 or min(corpus.scans, corpus.frames, options.epochs, options.clips, corpus.clips) < 1:
            raise ValueError
    except (ValueError, ZeroDivisionError, argparse.ArgumentTypeError):
        said = "forecast: --gpus 8,64 and all other numbers are whole and at least 1; --storage is more than 0"
        raise UserError(said) from None
    place = replace(Place(CARDS[options.card]), storage=options.storage * 1e9)
    return tell_forecast(fit_lines(ROOT), gpus, replace(StepWork(), clips=options.clips), place, corpus, options.epochs)


def _parser() -> argparse.ArgumentParser:
    parser = make_parser("cluster", "Writes the files that start the project on several machines.", EPILOG)
    add = parser.add_argument
    add("what", nargs="?", choices=("write", "forecast", "measure"), default="write", help="(default: write)")
    add("--check", action="store_true", help="write nothing; say which files differ")
    asked = parser.add_argument_group("forecast")
    add = asked.add_argument
    add("--card", default="a10g", metavar="NAME", help="a10g or h100, by data sheets (default: %(default)s)")
    add("--gpus", default="1,8,64,1000", metavar="N,N", help="how many (default: %(default)s)")
    add("--clips", type=int, default=64, metavar="N", help="of a step, on each GPU (default: %(default)s)")
    add("--scans", type=int, default=10_000_000, metavar="N", help="of the corpus (default: %(default)s)")
    add(
        "--frames", type=int, default=20, metavar="T", help="scans of a clip, 1 for single scans (default: %(default)s)"
    )
    add("--epochs", type=int, default=60, metavar="N", help="(default: %(default)s)")
    add("--storage", type=float, default=10.0, metavar="GB", help="per second, of the shared folder (default: 10)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
