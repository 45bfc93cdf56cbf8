"""Measures what a user ordered: opens the data, runs the suites that share encoders together, and publishes results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from bench.board import Campaign
from bench.campaign import run_together
from bench.data_sets import open_options, open_studio
from bench.page.gallery import Gallery
from bench.publishing import publish, read_suite
from bench.record import Record
from bench.spread.errand import Crew
from bench.suites import Budget, Suite, choose_protocols, make_config, share_data
from smile.errors import UserError
from smile.locks import hold_lock
from smile.progress import Reporter
from smile.rendering.views import Views
from smile.training.towers import refuse_unusable


@dataclass(frozen=True)
class Order:
    """Says what to measure, on which data, and where results and views lie."""

    suites: tuple[Suite, ...]  # several: each runs on the data that it is for
    budget: Budget
    out: Path
    command: str  # that the user typed
    data: tuple[str, ...] = ()  # as in --data; none: synthetic faces
    pretrain: tuple[str, ...] = ()  # as in --pretrain
    protocols: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    changes: Mapping[str, Any] = field(default_factory=dict)  # settings of the config
    cache: Path = Path("cache")
    workers: int | None = None
    subjects: int | None = None  # of made faces; None: as many as the budget says
    frames: int | None = None  # in each made clip


def plan_campaigns(order: Order) -> list[Campaign]:
    """Returns a campaign for each suite that has something to run on, before anything is drawn.

    Raises UserError on a name that is misspelt, on a protocol without its data, and where nothing can be run.
    """
    keys, further = (_list_keys(options) for options in (order.data or ("synthetic",), order.pretrain))
    for key in further:
        if key in keys:
            raise UserError(f"--pretrain {key}: is tested here, and encoders see its training subjects already")
    several = len(order.suites) > 1
    shares = share_data(order.suites, keys) if several else {order.suites[0].name: tuple(keys)}
    campaigns = [
        Campaign(
            suite,
            order.budget,
            make_config(suite, order.budget, order.changes),
            order.out,
            order.command,
            order.protocols,
            order.seeds,
            shares[suite.name],
        )
        for suite in order.suites
        if shares[suite.name]
    ]
    for one in campaigns:
        choose_protocols(one.suite, one.protocols, one.takes)
    return campaigns


@contextmanager
def alone(out: Path, suites: Sequence[Suite]) -> Iterator[None]:
    """Keeps a second run away from these suites in the results folder, by locks that end with the process.

    Raises UserError where a run is at work: both would measure the same. A run of other suites may share the folder.
    """
    work = out / "work"
    work.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        for name in sorted({suite.name for suite in suites}):
            busy = f"{out}: another run of the suite {name} is at work here; wait for it, or name another --out"
            held.enter_context(hold_lock(work / f"{name}.lock", busy))
        yield


def measure(
    order: Order, campaigns: Sequence[Campaign], reporter: Reporter, crew: Crew | None = None
) -> tuple[dict[str, list[Record]], list[Views]]:
    """Returns suite -> the records of this run, and the views; campaigns with one config share data and encoders."""
    found: dict[str, list[Record]] = {one.suite.name: [] for one in campaigns}
    drawn: list[Views] = []
    for group in _group(campaigns):
        records, views = _measure_group(order, group, reporter, crew)
        drawn += views
        for record in records:
            found[record.setting.suite].append(record)
    return found, drawn


def publish_all(order: Order, reporter: Reporter, gallery: Gallery) -> dict[str, list[Record]]:
    """Writes tables, figures and page of every suite that has records; returns suite -> all its records in `out`."""
    found = {suite.name: read_suite(order.out, suite, reporter) for suite in order.suites}
    for suite in order.suites:
        if found[suite.name]:
            publish(order.out, suite, found[suite.name], reporter, gallery)
    return found


def _measure_group(
    order: Order, group: Sequence[Campaign], reporter: Reporter, crew: Crew | None
) -> tuple[list[Record], list[Views]]:
    config = group[0].config
    refuse_unusable(config.model)
    taken = {key for one in group for key in one.takes}
    wanted = [option for option in order.data if _list_keys([option])[0] in taken]
    enter = partial(
        open_studio,
        cache=order.cache,
        workers=order.workers,
        reporter=reporter,
        subjects=order.subjects,
        frames=order.frames,
    )
    studio = enter(wanted, order.budget, config.rendering)
    more = enter(order.pretrain, order.budget, config.rendering) if order.pretrain else None
    further = more.draw() if more else []
    drawn = studio.draw()
    compare = cache(partial(studio.compare_scans, more.data_sets if more else ()))  # only where something is measured
    watched = [replace(one, compare_scans=compare) for one in group]
    return run_together(watched, drawn, reporter, studio.show, further, crew), drawn


def _group(campaigns: Sequence[Campaign]) -> Iterator[list[Campaign]]:
    """Yields the campaigns that share a config."""
    left = list(campaigns)
    while left:
        yield [one for one in left if one.config == left[0].config]
        left = [one for one in left if one.config != left[0].config]


def _list_keys(options: Sequence[str]) -> list[str]:
    return [source.key for source in open_options(options)] if options else []
