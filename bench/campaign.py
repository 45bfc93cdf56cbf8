"""Runs a suite on data: reads the record of each cell, or measures what is missing and writes its records."""

from __future__ import annotations

import itertools
import shutil
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.board import Board, Campaign, Show, make_setting, open_board
from bench.evaluation import Cell, Measurement, evaluate
from bench.methods import METHODS
from bench.methods.method import PartsDone, Unsuitable
from bench.origins import hash_method
from bench.outcome import Outcome, audit_pretraining, build_record
from bench.pace import Pace
from bench.record import Record, Setting, identify, read_record, record_path, write_record
from bench.suites import choose_protocols
from smile.config import Config, override
from smile.digests import digest
from smile.errors import BadFile, UserError
from smile.progress import Reporter
from smile.rendering.views import Views


def show_clean_alone(_condition: str, _data_set: str, _clips: Collection[str]) -> Views:
    """Refuses every condition, for data whose scans are not at hand."""
    raise Unsuitable("the scans are not at hand, so that nothing can be done to them")


def run_campaign(
    campaign: Campaign, data: Sequence[Views], reporter: Reporter, show: Show = show_clean_alone
) -> list[Record]:
    """Returns one record for each data set, protocol, seed, method, condition and probe, in this order.

    `show` draws tested clips under a condition. A valid record on disk is reused. A method is fitted once for all
    conditions and probes. Raises UserError where a named protocol does not exist or lacks its data.
    """
    found = {views.data_set: views for views in data}
    chosen = choose_protocols(campaign.suite, campaign.protocols, tuple(found))
    boards = [open_board(campaign, protocol, [found[key] for key in keys], show) for protocol, keys in chosen]
    runs = list(itertools.product(boards, campaign.seeds, campaign.suite.methods))
    played = dict.fromkeys(board.protocol.name for board in boards)
    pace = Pace(reporter, f"{campaign.suite.name} ({', '.join(played)})", [METHODS[name] for *_, name in runs])
    return [record for run in runs for record in _run_method(campaign, *run, reporter, pace)]


def _run_method(campaign: Campaign, board: Board, seed: int, name: str, reporter: Reporter, pace: Pace) -> list[Record]:
    """Returns the records of all cells of a method with one seed; measures those that no valid record holds."""
    settings = {cell: make_setting(campaign, board, cell, seed) for cell in campaign.cells}
    records = {cell: _reuse(campaign.out, setting, name, reporter) for cell, setting in settings.items()}
    missing = tuple(cell for cell, record in records.items() if record is None)
    if missing:
        # Named by all cells, so that a run that is killed while it writes records finds its encoders again.
        work = (
            campaign.out
            / "work"
            / digest([identify(setting, name, hash_method(METHODS[name])) for setting in settings.values()])
        )
        config = override(campaign.config, {"training.seed": seed})
        outcomes = _measure(board, name, config, missing, work, pace.start(), reporter)
        there = any(outcome.there for outcome in outcomes.values())
        audit = audit_pretraining(board, METHODS[name], config) if there else None
        for cell in missing:
            records[cell] = record = build_record(campaign, board, settings[cell], name, outcomes[cell], audit)
            write_record(campaign.out, record)
        shutil.rmtree(work, ignore_errors=True)
        pace.finish()
    else:
        pace.skip()
    return [record for record in records.values() if record]


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


def _measure(
    board: Board,
    name: str,
    config: Config,
    cells: tuple[Cell, ...],
    work: Path,
    progress: PartsDone,
    reporter: Reporter,
) -> Mapping[Cell, Outcome]:
    if board.plan is None:
        return dict.fromkeys(cells, Outcome(reason=board.reason, failed=True))
    method, what = METHODS[name], f"{board.views.title}: {METHODS[name].title}"
    from smile.rendering.settled import recall  # imports compiled code, for which --list must not wait

    config = replace(config, rendering=recall(config.rendering, board.views.planes))
    task = Measurement(method, board.protocol, board.views, board.plan, config, cells, board.shown)
    try:
        found = evaluate(task, work=work, progress=progress, say=reporter.say)
    except Unsuitable as error:
        return dict.fromkeys(cells, Outcome(reason=str(error)))
    except UserError as error:
        return dict.fromkeys(cells, Outcome(reason=str(error), failed=True))
    except Exception as error:  # a fault of one method must not stop the others
        reporter.say(f"{what} failed:\n{traceback.format_exc()}")
        return dict.fromkeys(cells, Outcome(reason=f"{type(error).__name__}: {error}", failed=True))
    return {cell: Outcome(one.findings, one.seconds, one.reason, cost=one.cost) for cell, one in found.items()}
