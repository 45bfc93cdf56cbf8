"""Runs a suite on data: reads the record of each cell, or measures what is missing and writes its records."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.board import Board, Campaign, Show, make_setting, open_board
from bench.evaluation import Cell
from bench.methods import METHODS
from bench.methods.method import Unsuitable
from bench.origins import hash_method
from bench.outcome import build_record
from bench.pace import Pace
from bench.record import Record, Setting, identify, read_record, record_path, write_record
from bench.spread.errand import Crew, Errand, ErrandResult, run_errand
from bench.suites import choose_protocols
from smile.config import override
from smile.digests import digest
from smile.errors import BadFile
from smile.progress import Reporter
from smile.rendering.views import Views


@dataclass(frozen=True)
class _Run:
    """Holds one method with one seed on one board: the setting of each cell, and the record, where one still holds."""

    board: Board
    name: str
    seed: int
    settings: dict[Cell, Setting]
    records: dict[Cell, Record | None]

    @property
    def missing(self) -> tuple[Cell, ...]:
        """The cells that must be measured."""
        return tuple(cell for cell, record in self.records.items() if record is None)


def show_clean_alone(_condition: str, _data_set: str, _clips: Collection[str]) -> Views:
    """Refuses every condition, for data whose scans are not at hand."""
    raise Unsuitable("the scans are not at hand, so that nothing can be done to them")


def run_campaign(
    campaign: Campaign,
    data: Sequence[Views],
    reporter: Reporter,
    show: Show = show_clean_alone,
    crew: Crew | None = None,
) -> list[Record]:
    """Returns one record for each data set, protocol, seed, method, condition and probe, in this order.

    `show` draws tested clips under a condition. `crew` measures methods side by side; without one, this process
    measures them in order. A valid record on disk is reused. A method is fitted once for all conditions and probes.
    Raises UserError where a named protocol does not exist or lacks its data.
    """
    found = {views.data_set: views for views in data}
    chosen = choose_protocols(campaign.suite, campaign.protocols, tuple(found))
    boards = [open_board(campaign, protocol, [found[key] for key in keys], show) for protocol, keys in chosen]
    settled = itertools.product(boards, campaign.seeds, campaign.suite.methods)
    runs = [_open_run(campaign, board, name, seed, reporter) for board, seed, name in settled]
    played = dict.fromkeys(board.protocol.name for board in boards)
    what = f"{campaign.suite.name} ({', '.join(played)})"
    measured = (
        _measure_together(campaign, runs, what, reporter, crew) if crew else _measure(campaign, runs, what, reporter)
    )
    for run, work, findings in measured:
        for cell in run.missing:
            record = build_record(
                campaign, run.board, run.settings[cell], run.name, findings.outcomes[cell], findings.captions
            )
            write_record(campaign.out, record)
            run.records[cell] = record
        shutil.rmtree(work, ignore_errors=True)
    return [record for run in runs for record in run.records.values() if record]


def _open_run(campaign: Campaign, board: Board, name: str, seed: int, reporter: Reporter) -> _Run:
    settings = {cell: make_setting(campaign, board, cell, seed) for cell in campaign.cells}
    records = {cell: _reuse(campaign.out, setting, name, reporter) for cell, setting in settings.items()}
    return _Run(board, name, seed, settings, records)


def _send(campaign: Campaign, run: _Run) -> Errand:
    """Returns the errand of what a run lacks."""
    # Named by all cells, so that a run that is killed while it writes records finds its encoders again.
    source = hash_method(METHODS[run.name])
    named = digest([identify(setting, run.name, source) for setting in run.settings.values()])
    config = override(campaign.config, {"training.seed": run.seed})
    return Errand(run.board, run.name, config, run.missing, campaign.out.absolute() / "work" / named)


def _measure(
    campaign: Campaign, runs: Sequence[_Run], what: str, reporter: Reporter
) -> Iterator[tuple[_Run, Path, ErrandResult]]:
    pace = Pace(reporter, what, [METHODS[run.name] for run in runs])
    for run in runs:
        if not run.missing:
            pace.skip()
            continue
        errand = _send(campaign, run)
        yield run, errand.work, run_errand(errand, pace.start(), reporter.say)
        pace.finish()


def _measure_together(
    campaign: Campaign, runs: Sequence[_Run], what: str, reporter: Reporter, crew: Crew
) -> Iterator[tuple[_Run, Path, ErrandResult]]:
    open_runs = [run for run in runs if run.missing]
    errands, done = [_send(campaign, run) for run in open_runs], len(runs) - len(open_runs)
    for number, findings in crew(errands) if errands else ():
        yield open_runs[number], errands[number].work, findings
        done += 1
        reporter.stride(what, done, len(runs), f"{done} of {len(runs)} methods done")


def _reuse(out: Path, setting: Setting, name: str, reporter: Reporter) -> Record | None:
    """Returns the record on disk if it still holds; None if a new measurement is needed, e.g. after a failure."""
    path, identity = record_path(out, setting, name), identify(setting, name, hash_method(METHODS[name]))
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
