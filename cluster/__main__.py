"""python -m cluster: writes cluster.yaml and the files in cluster/ from their templates and the lock file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cluster.settings import ROOT
from cluster.writing import find_stale, make_files
from smile.atomic import write_text
from smile.door import leave, make_parser

EPILOG = """\
examples:
  python -m cluster            after a change of requirements.lock, cluster/settings.py or cluster/templates
  python -m cluster --check    only compare

exit status: 0 all is well; 1 --check found files that differ from their templates.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    return leave("cluster", lambda: _act(options.check))


def _act(check: bool) -> int:
    stale = find_stale()
    for path in stale:
        if not check:
            write_text(ROOT / path, make_files()[path])
        print(f"{'differs' if check else 'written'}: {path}")
    if not stale:
        print("all files are as their templates say")
    return 1 if check and stale else 0


def _parser() -> argparse.ArgumentParser:
    parser = make_parser("cluster", "Writes the files that start the project on several machines.", EPILOG)
    parser.add_argument("--check", action="store_true", help="write nothing; say which files differ")
    return parser


if __name__ == "__main__":
    sys.exit(main())
