"""python -m bench.run --suite fer4d: measures every method of a suite and writes the leaderboard."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from smile.interruption import take_signals

if __name__ == "__main__":
    take_signals("bench.run")  # before the imports below, which take long

from bench.commands import COMMANDS
from bench.commands.options import parse
from bench.listing import list_as_json, list_for_people
from bench.measuring import Order, alone, measure, plan_campaigns, publish_all
from bench.page.gallery import Gallery
from bench.spread.errand import Crew
from bench.suites import ALL, Suite, choose_budget, choose_probes, choose_suites
from bench.tables.formats import render_format
from bench.tables.overview import write_overview
from smile.atomic import forget_unfinished
from smile.cluster import require_cluster
from smile.config import parse_changes
from smile.door import leave, require_place, require_worker
from smile.errors import UserError
from smile.progress import Reporter
from smile.provenance import command_line

#: Bounds of --seeds, so that a slip of the finger does not ask for years of training.
MOST_SEEDS, MOST_SEED = 100, 2**31
#: The same for --jobs and --threads: Ray starts a process for each job.
MOST_HANDS = 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    if arguments is None:  # a program, and no part of one
        take_signals("bench.run")
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = parse(given)
    if options.command:
        return leave("bench.run", lambda: _act(options))
    if options.list:
        return leave("bench.run", lambda: _list(options.json))
    return leave("bench.run", lambda: _run(options, given))


def _list(as_json: bool) -> int:
    print(list_as_json() if as_json else list_for_people())
    return 0


def _run(options: argparse.Namespace, given: Sequence[str]) -> int:
    require_worker(options.workers)
    hire = _find_hands(options)
    require_cluster(options.address)
    require_place(options.out, (*options.data, *options.pretrain))
    order = read_order(options, command_line("bench.run", given))
    campaigns = plan_campaigns(order)  # a misspelt name ends here, before hours of rendering
    with alone(order.out, order.suites), Reporter() as reporter:
        _tidy(options.out)
        measured, drawn = measure(order, campaigns, reporter, hire(reporter))
        held = publish_all(order, reporter, Gallery.of(drawn, options.pictures))
    print("\n".join(tell_places(order, options.suite)) + "\n")
    records = [record for own in measured.values() for record in own]
    if options.suite == ALL:
        print(write_overview(order.out, order.suites, held))
    else:
        print(render_format(options.format, order.suites[0], records, options.verbose))
    return 1 if any(record.failed for record in records) else 0


def _find_hands(options: argparse.Namespace) -> Callable[[Reporter], Crew | None]:
    """Returns what hires those who measure methods side by side: nobody where this process measures them in order."""
    cores = len(os.sched_getaffinity(0))
    if not all(1 <= count <= MOST_HANDS for count in (options.jobs, 1 if options.threads is None else options.threads)):
        raise UserError(f"--jobs and --threads count from 1 to {MOST_HANDS}")
    if options.address and options.jobs > 1:
        raise UserError("--jobs is for this machine; on a cluster as many methods run as it has room for")
    threads = options.threads or max(cores // options.jobs, 1)
    if options.address or options.jobs > 1:
        from bench.spread.crew import hire

        where, jobs = options.address or "local", None if options.address else options.jobs
        return lambda reporter: hire(where, threads, reporter, jobs)
    if options.threads:
        import torch  # takes seconds

        torch.set_num_threads(threads)
    return lambda _: None


def read_order(options: argparse.Namespace, command: str) -> Order:
    """Returns what the options of a command line order. Raises UserError on a misspelt name or setting."""
    names = {kind: _split_names(kind, getattr(options, kind)) for kind in ("methods", "probes", "conditions")}
    suites = choose_suites(options.suite, names["methods"])
    if options.suite == ALL and (options.protocol or names["probes"] or names["conditions"]):
        raise UserError(
            "--suite all: each suite has protocols, probes and conditions of its own; name one suite to choose others"
        )
    suites = tuple(
        choose_probes(_add_methods(suite, options), names["probes"], names["conditions"]) for suite in suites
    )
    changes = parse_changes(options.set)
    if "training.seed" in changes:
        raise UserError("--set training.seed: give seeds by --seeds, e.g. --seeds 0-4")
    return Order(
        suites,
        choose_budget(options.budget),
        options.out,
        command,
        tuple(options.data),
        tuple(options.pretrain),
        tuple(options.protocol),
        parse_seeds(options.seeds),
        changes,
        options.cache,
        options.workers,
        options.subjects,
        options.frames,
    )


def tell_places(order: Order, name: str) -> list[str]:
    """Returns the lines that say where results lie."""
    files = f"{order.out / name}.md" if name == ALL else f"{order.out / name}.md and .csv"
    return [f"Written: {files}, {order.out}/figures, {order.out}/index.html (a page)"]


def _act(options: argparse.Namespace) -> int:
    """Runs a command other than measuring a suite."""
    options.read = lambda given: read_order(parse(given), command_line("bench.run", given))
    with Reporter() as reporter:
        status: int = COMMANDS[options.command].act(options, reporter)
        return status


def _add_methods(suite: Suite, options: argparse.Namespace) -> Suite:
    """Returns the suite with the methods of --method, --model and --tuned behind its own."""
    if not options.method and not options.model and not options.tuned:
        return suite
    from bench.methods.outside import adopt
    from bench.methods.tuned import adopt_tuned

    added = adopt(options.method, options.model)
    added += tuple(name for file in options.tuned for name in adopt_tuned(file))
    return replace(suite, methods=tuple(dict.fromkeys((*suite.methods, *added))))


def _tidy(out: Path) -> None:
    """Removes the files that a killed run had not finished."""
    forget_unfinished(out)
    for place in ("records", "figures", "work"):
        forget_unfinished(out / place, below=True)


def _split_names(option: str, text: str | None) -> tuple[str, ...]:
    """The names that an option such as --methods gives; none where the option is not given."""
    names = tuple(filter(None, (name.strip() for name in (text or "").split(","))))
    if text is not None and not names:
        raise UserError(f"--{option} {text!r} names none; leave it out for all of the suite")
    return names


def parse_seeds(text: str) -> tuple[int, ...]:
    """Returns the seeds that a text such as "0-4" or "0,3" names, sorted, each once; UserError where it names none."""
    seeds: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdecimal() or not (last.isdecimal() or "-" not in part):
            raise UserError(f"--seeds {text!r}: {part.strip()!r} is no seed; write e.g. 0-4, or 0,3")
        ends = (int(first), int(last or first))
        if not ends[0] <= ends[1] < MOST_SEED or ends[1] - ends[0] >= MOST_SEEDS:
            raise UserError(f"--seeds {text!r}: at most {MOST_SEEDS} seeds, ascending, each below {MOST_SEED}")
        seeds |= set(range(ends[0], ends[1] + 1))
    return tuple(sorted(seeds))


if __name__ == "__main__":
    sys.exit(main())
