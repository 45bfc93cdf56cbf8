"""python -m smile.run doctor: looks at this machine, a cluster and a data set, and says what to mend."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from smile.cluster import require_cluster
from smile.door import MISTAKE, Once, require_place
from smile.errors import UserError
from smile.progress import Reporter

if TYPE_CHECKING:  # a command imports what it needs only when it acts
    from smile.doctor.finding import Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    add("--address", metavar="A", help="also look at every node of this Ray cluster, e.g. auto")
    add("--shared", type=Path, metavar="DIR", help="the folder that all nodes of the cluster should see and write")
    add("--data", action=Once, metavar="NAME=DIR", help="also read the first scan of each clip of this data set")
    about = "also play prepare, train with 2 workers, a sweep trial and a bench cell: a minute on an idle machine"
    add("--rehearse", action="store_true", help=about)
    add("--json", action="store_true", help="print the findings as JSON")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Prints a line for each finding, with its remedy; returns status 2 where something is broken."""
    from smile.doctor.finding import is_usable
    from smile.sources import parse_source

    require_cluster(options.address)
    if options.shared:
        require_place(options.shared, option="--shared")
        if not options.address and not options.rehearse:
            raise UserError("--shared: its nodes look at it, or --rehearse works in it; add --address or --rehearse")
    if options.data is not None:
        parse_source(options.data)  # a misspelt name is said first
    findings = []
    for finding in _examine(options, reporter):
        findings.append(finding)
        if not options.json:
            print(finding.to_line(), flush=True)
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    return 0 if is_usable(findings) else MISTAKE


def _examine(options: argparse.Namespace, reporter: Reporter) -> Iterator[Finding]:
    from smile.doctor.finding import attempt
    from smile.doctor.graphics import check_card, check_opengl
    from smile.doctor.machine import CHECKS

    for check in (*CHECKS, check_card, check_opengl):
        yield attempt(check)
    if options.address:
        from smile.doctor.nodes import examine_cluster

        yield from examine_cluster(options.address, options.shared)
    if options.data:
        yield _examine_data(options.data, reporter)
    if options.rehearse:
        from smile.doctor.rehearsal import rehearse

        yield from rehearse(options.address, options.shared, reporter)


def _examine_data(data: str, reporter: Reporter) -> Finding:
    from smile.check.inspection import inspect
    from smile.doctor.finding import BROKEN, WEAK, Finding, rate
    from smile.sources import open_source, parse_source

    try:
        data_set = open_source(parse_source(data))
    except UserError as error:
        return Finding("data", BROKEN, str(error))
    found = inspect(data_set, lambda done, total: reporter(f"Reading {data_set.title}", done, total), quick=True)
    said = f"{found.usable} of {found.read} scans read, {len(found.faults)} faults"
    state = "" if not found.faults else WEAK if found.usable else BROKEN
    return rate("data", said, state, f"python -m smile.run check --data {data} names them")
