"""python -m bench.run audit FOLDS.csv: judges a split of yours or of others, and exits with 1 where it is red."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from smile.progress import Reporter

#: Most columns of a line.
_WIDTH = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    add("folds", type=Path, metavar="FOLDS.csv", help="a table with the columns clip, subject, fold; see docs/audit.md")
    add("--data", action="append", default=[], metavar="NAME=DIR", help="the scans of its clips; may be repeated")
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="fingerprints of scans (default: %(default)s)")
    add("--workers", type=int, metavar="N", help="threads that compare scans (default: one a core)")
    add("--json", action="store_true", help="print one JSON object, for programs")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Prints what each check found; returns 1 where one is red, else 0."""
    from bench.audit.folds_file import read_folds
    from bench.audit.foreign import SplitAudit, judge_split, tabulate_checks
    from smile.door import require_worker
    from smile.sources import open_source, parse_source

    require_worker(options.workers)
    rows = read_folds(options.folds)
    data_sets = [open_source(parse_source(one)) for one in options.data]
    found: SplitAudit = judge_split(rows, data_sets, options.cache, reporter, options.workers)
    table = tabulate_checks(found)
    if options.json:
        checks = [dict(zip(("check", "colour", "reason"), row, strict=True)) for row in table]
        told = {"file": str(options.folds), "colour": found.grade.colour, "checks": checks}
        facts = {name: value for name, value in asdict(found).items() if name not in ("grade", "unchecked", "faults")}
        faults = [{"scan": name, "reason": reason} for name, reason in found.faults]
        print(json.dumps({**told, **facts, "faults": faults}, indent=1, ensure_ascii=False))
    else:
        facts_line = f"{found.rows} lines, {found.subjects} subjects, {found.folds} folds or roles"
        print(f"{options.folds}: {facts_line}, {found.compared} scans compared\n")
        print(_lay_out(table))
        print(f"\n{found.grade.colour.upper()}: {_CONCLUSIONS[found.grade.colour]}")
    return int(found.grade.red)


_CONCLUSIONS = {
    "green": "nothing was found that would make a result on this split unfair.",
    "amber": "read the reasons before you trust a result on this split.",
    "red": "what is tested was seen before; a result on this split is no result on new people.",
}


def _lay_out(table: list[tuple[str, str, str]]) -> str:
    """Returns a table whose reasons are wrapped."""
    import textwrap

    first, second = (max(len(row[column]) for row in table) for column in (0, 1))
    lines = []
    for check, colour, reason in table:
        start = f"{check:<{first}}  {colour:<{second}}  "
        lines += textwrap.wrap(reason, _WIDTH, initial_indent=start, subsequent_indent=" " * len(start))
    return "\n".join(lines)
