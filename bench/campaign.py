"""Runs a suite on data: reads the record of each cell, or measures what is missing and writes its records."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.board import Board, Campaign, Show, make_setting, open_board
from bench.evaluation import Cell
from bench.methods import METHODS
from bench.methods.method import Unsuitable
from bench.origins import hash_method
from bench.outcome import build_record
from bench.pace import Pace
from bench.protocols import PROTOCOLS
from bench.record import Record, Setting, identify, read_record, record_path, write_record
from bench.spread.errand import Crew, Errand, ErrandResult, run_errand
from bench.suites import choose_protocols
from smile.config import override
from smile.digests import digest
from smile.errors import BadFile
from smile.progress import Reporter
from smile.rendering.views import Views

#: Names that a line of progress has room for.
_FEW_NAMES = 2


@dataclass(frozen=True)
class _Run:
    """Holds one method with one seed on one board: the cells of every campaign that plays it there."""

    board: Board
    name: str
    seed: int
    cells: tuple[tuple[Campaign, Cell], ...]
    source: str  # hash of the method and of its towers, as they are before it is fitted
    settings: tuple[Setting, ...]  # of each cell
    records: list[Record | None]  # of each cell, where one still holds

    @property
    def missing(self) -> list[int]:
        """The numbers of the cells that must be measured."""
        return [number for number, record in enumerate(self.records) if record is None]


def show_clean_alone(_condition: str, _data_set: str, _clips: Collection[str]) -> Views:
    """Refuses every condition, for data whose scans are not at hand."""
    raise Unsuitable("the scans are not at hand, so that nothing can be done to them")


def run_together(
    campaigns: Sequence[Campaign],
    data: Sequence[Views],
    reporter: Reporter,
    show: Show = show_clean_alone,
    further: Sequence[Views] = (),
    crew: Crew | None = None,
) -> list[Record]:
    """Returns one record for each data set, protocol, seed, method, condition and probe of campaigns, in this order.

    The campaigns share config, budget, folder and seeds. A method is fitted once for all suites that measure it under
    the same protocol, for all conditions and probes; each suite has records of its own. A valid record on disk is
    reused. `show` draws tested clips under a condition; encoders are pretrained on the `further` data sets as well.
    `crew` measures methods side by side; without one, this process measures them in order. Raises UserError where a
    named protocol does not exist or lacks its data, and where people of a further data set are tested.
    """
    found = {views.data_set: views for views in data}
    claims = _claim(campaigns, tuple(found))
    boards = [_open(name, keys, own, found, show, further) for (name, keys), own in claims.items()]
    runs = [run for board, own in zip(boards, claims.values(), strict=True) for run in _open_runs(board, own, reporter)]
    played = list(dict.fromkeys(board.protocol.name for board in boards))
    what = f"{_count([one.suite.name for one in campaigns], 'suites')} ({_count(played, 'protocols')})"
    for run, work, result in _measure_together(runs, what, reporter, crew) if crew else _measure(runs, what, reporter):
        _keep(run, result)
        shutil.rmtree(work, ignore_errors=True)
    return [record for run in runs for record in run.records if record]


def _claim(campaigns: Sequence[Campaign], there: tuple[str, ...]) -> dict[tuple[str, tuple[str, ...]], list[Campaign]]:
    """Returns (protocol, its data sets) -> the campaigns that play it."""
    found: dict[tuple[str, tuple[str, ...]], list[Campaign]] = {}
    for one in campaigns:
        keys = [key for key in there if not one.takes or key in one.takes]
        for protocol, own in choose_protocols(one.suite, one.protocols, keys):
            found.setdefault((protocol.name, own), []).append(one)
    return found


def _open(
    protocol: str,
    keys: tuple[str, ...],
    campaigns: Sequence[Campaign],
    found: Mapping[str, Views],
    show: Show,
    further: Sequence[Views],
) -> Board:
    conditions = tuple(dict.fromkeys(name for one in campaigns for name in one.suite.conditions))
    parts = [found[key] for key in keys]
    return open_board(PROTOCOLS[protocol], parts, campaigns[0].budget.encoders, conditions, show, further)


def _open_runs(board: Board, campaigns: Sequence[Campaign], reporter: Reporter) -> Iterator[_Run]:
    """Yields every seed and method on a board, each once for all campaigns that measure the method."""
    names = dict.fromkeys(name for one in campaigns for name in one.suite.methods)
    for seed, name in itertools.product(campaigns[0].seeds, names):
        yield _open_run(board, name, seed, [one for one in campaigns if name in one.suite.methods], reporter)


def _open_run(board: Board, name: str, seed: int, campaigns: Sequence[Campaign], reporter: Reporter) -> _Run:
    cells = tuple((one, cell) for one in campaigns for cell in one.cells)
    settings = tuple(make_setting(one, board, cell, seed) for one, cell in cells)
    source = hash_method(METHODS[name], campaigns[0].config.model)
    records = [_reuse(campaigns[0].out, setting, name, source, reporter) for setting in settings]
    return _Run(board, name, seed, cells, source, settings, records)


def _send(run: _Run) -> Errand:
    """Returns the errand of what a run lacks."""
    campaign = run.cells[0][0]
    # Named by all cells, so that a run that is killed while it writes records finds its encoders again.
    work = campaign.out.absolute() / "work" / digest([identify(one, run.name, run.source) for one in run.settings])
    config = override(campaign.config, {"training.seed": run.seed})
    wanted = _sort_cells([run.cells[number][1] for number in run.missing])
    return Errand(run.board, run.name, config, wanted, work)


def _keep(run: _Run, result: ErrandResult) -> None:
    for number in run.missing:
        campaign, cell = run.cells[number]
        identity, outcome = identify(run.settings[number], run.name, run.source), result.outcomes[cell]
        record = build_record(campaign, run.board, run.settings[number], run.name, identity, outcome, result.captions)
        write_record(campaign.out, record)
        run.records[number] = record


def _count(names: Sequence[str], kind: str) -> str:
    """Returns a few names, or how many there are: a line of progress has no room for all of --suite all."""
    return ", ".join(names) if len(names) <= _FEW_NAMES else f"{len(names)} {kind}"


def _measure(runs: Sequence[_Run], what: str, reporter: Reporter) -> Iterator[tuple[_Run, Path, ErrandResult]]:
    pace = Pace(reporter, what, [METHODS[run.name] for run in runs])
    for run in runs:
        if not run.missing:
            pace.skip()
            continue
        errand = _send(run)
        yield run, errand.work, run_errand(errand, pace.start(), reporter.say)
        pace.finish()


def _measure_together(
    runs: Sequence[_Run], what: str, reporter: Reporter, crew: Crew
) -> Iterator[tuple[_Run, Path, ErrandResult]]:
    open_runs = [run for run in runs if run.missing]
    errands, done = [_send(run) for run in open_runs], len(runs) - len(open_runs)
    for number, result in crew(errands) if errands else ():
        yield open_runs[number], errands[number].work, result
        done += 1
        reporter.stride(what, done, len(runs), f"{done} of {len(runs)} methods done")


def _sort_cells(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Returns each cell once, those of one condition together, so that its clips are embedded once."""
    conditions = list(dict.fromkeys(condition for condition, _ in cells))
    return tuple(sorted(dict.fromkeys(cells), key=lambda cell: conditions.index(cell[0])))


def _reuse(out: Path, setting: Setting, name: str, source: str, reporter: Reporter) -> Record | None:
    """Returns the record on disk if it still holds; None if a new measurement is needed, e.g. after a failure."""
    path, identity = record_path(out, setting, name), identify(setting, name, source)
    if not path.exists():
        return None
    try:
        record = read_record(path)
    except BadFile as error:
        reporter.say(str(error))
        return None
    if record.identity != identity:
        reporter.say(f"{path}: made under another setting, data or source; it is computed again")
        return None
    return None if record.failed else record
