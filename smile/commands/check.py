"""python -m smile.run check: reads every scan of a data set, compares it with its release, names faulty files."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from smile.door import Once
from smile.progress import Reporter

if TYPE_CHECKING:  # a command imports what it needs only when it acts
    from smile.check.inspection import Inspection

#: Largest number of faults in the printed text; --json prints all.
SHOWN = 20
_NAMED = 3  # largest number of clips or scans that a remark names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    add("--data", required=True, action=Once, metavar="NAME=DIR", help="the data set on disk")
    add("--json", action="store_true", help="print counts and every fault as JSON")
    add("--quick", action="store_true", help="read the first scan of each clip only")
    add("--workers", type=int, metavar="N", help="threads that read (default: one a core)")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Prints what the copy of the data set holds; returns status 2 where no scan can be used."""
    from smile.check.inspection import inspect
    from smile.door import MISTAKE, require_worker
    from smile.sources import open_source, parse_source

    require_worker(options.workers)
    source = parse_source(options.data)
    data_set, root = open_source(source), source.place or Path()

    def progress(done: int, total: int) -> None:
        reporter(f"Reading {data_set.title}", done, total)

    found = inspect(data_set, progress, quick=options.quick, workers=options.workers)
    print(json.dumps(found.to_json(), indent=1) if options.json else summarise(found, root))
    return 0 if found.usable else MISTAKE


def summarise(found: Inspection, root: Path) -> str:
    """Returns the inspection as text for people."""
    lines = [f"{found.data_set.title} at {root}", "", _tabulate(found), "", *_remark(found)]
    lines += [f"Faults: {len(found.faults) or 'none'}"]
    lines += [f"  {fault.file}: {fault.reason}" for fault in found.faults[:SHOWN]]
    if len(found.faults) > SHOWN:
        lines += [f"  and {len(found.faults) - SHOWN} more; --json has them all"]
    return "\n".join(lines)


def _tabulate(found: Inspection) -> str:
    from tabulate import tabulate

    from smile.sets.readers import release_of

    release = release_of(found.data_set.name)
    rows = [
        (count.name, f"{count.found:,}", "-" if count.wanted is None else f"{count.wanted:,}", "!" * count.differs)
        for count in found.counts
    ]
    known = release.scans if release else ""
    differs = known[:1].isdecimal() and known != f"{found.scans:,}"  # "about 60,600" never differs
    rows.insert(2, ("scans", f"{found.scans:,}", known or "-", "!" * differs))
    heads, sides = ("", "found", "release", ""), ("left", "right", "right", "left")
    table: str = tabulate(rows, heads, "plain", disable_numparse=True, colalign=sides)
    return table


def _remark(found: Inspection) -> Iterator[str]:
    """What made the faces, or whose licence the user must hold; and what is amiss in no single file."""
    from smile.data.units import tell_units
    from smile.sets.readers import release_of

    release, maker = release_of(found.data_set.name), found.data_set.stand_in
    if maker:
        yield f"Stand-in: these faces were made ({maker}), they are not recordings; no release's counts are theirs."
    elif release:
        yield f"Licence: you must hold one from {release.owner}; data may not be passed on."
    yield from tell_units(found.units)
    if found.gaps:
        yield f"Frames are missing inside of {len(found.gaps)} clip(s): {_name_first(found.gaps)}"
    if found.bare:
        yield f"{len(found.bare)} scan(s) have no texture, others do: {_name_first(found.bare)}"
    yield from (f"Names: {line}" for line in found.alike[:_NAMED])
    if len(found.alike) > _NAMED:
        yield f"Names: {len(found.alike) - _NAMED} more such groups; --json has them all"
    if found.twins:
        yield f"{len(found.twins)} group(s) of clips have the same scans, e.g. {_name_first(found.twins[0])}"
    if found.left_out:
        yield f"Of {len(found.left_out)} scan(s) not everything is used: {_name_first(found.left_out)}"
    if found.read < found.scans:
        yield f"Read: the first scan of each clip, {found.read} of {found.scans}"


def _name_first(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return "; ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
