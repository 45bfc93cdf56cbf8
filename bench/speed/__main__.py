"""python -m bench.speed [STAGE ...]: times the project beside the tools (peers) that a user would use instead."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from smile.interruption import take_signals

if __name__ == "__main__":
    take_signals("bench.speed")  # before the imports below, which take long

from bench.speed.report import to_plain_data, write_speed_report
from bench.speed.stages import FIGURES, STAGES, choose_stages
from smile.door import leave, make_parser, require_place
from smile.progress import Reporter, report_each
from smile.provenance import command_line

EPILOG = """\
examples:
  python -m bench.speed               every stage
  python -m bench.speed parse render  two stages; the rows of the others stay in the files
  python -m bench.speed parse --json  rows as JSON on the standard output

Peers come with: pip install -e '.[speed]'. One that is missing is a row that says so.
exit status: 0 all is well; 1 ours and a peer did not agree; 2 a stage does not exist or cannot run.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    if arguments is None:  # a program, and no part of one
        take_signals("bench.speed")
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser().parse_args(given)
    return leave("bench.speed", lambda: _run(options, given))


def _run(options: argparse.Namespace, given: Sequence[str]) -> int:
    names = choose_stages(options.stage)
    require_place(options.out)
    with Reporter() as reporter:
        timed = {}
        for name in report_each(reporter, "Timing stages", names):
            timed[name] = STAGES[name](reporter)
            if name in FIGURES:
                FIGURES[name](options.out, reporter)
    table = write_speed_report(options.out, timed, command_line("bench.speed", given))
    rows = [row for stage in timed.values() for row in stage]
    print(json.dumps([to_plain_data(row) for row in rows], indent=1) if options.json else table)
    return 0 if all(row.equal for row in rows) else 1


def _parser() -> argparse.ArgumentParser:
    about = "Times this project beside its peers, interleaved in one run, equality checked first."
    parser = make_parser("bench.speed", about, EPILOG)
    add = parser.add_argument
    add("stage", nargs="*", help=f"which stages (default: all): {', '.join(STAGES)}")
    add("--json", action="store_true", help="print the rows as JSON instead of a table")
    add(
        "--out",
        type=Path,
        default=Path("results"),
        metavar="DIR",
        help="speed.md, speed.json, figures/speed (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
