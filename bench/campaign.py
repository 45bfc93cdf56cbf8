"""Runs a suite on data: reads the record of each cell, or measures what is missing and writes its records."""

from __future__ import annotations

import itertools
import shutil
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.audit.captions import CaptionAudit
from bench.board import Board, Campaign, Show, make_setting, open_board
from bench.evaluation import Cell, Measurement, evaluate
from bench.methods import METHODS
from bench.methods.method import PartsDone, Unsuitable
from bench.origins import hash_method
from bench.outcome import Outcome, audit_pretraining, build_record
from bench.pace import Pace
from bench.protocols import PROTOCOLS
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
    campaign: Campaign,
    data: Sequence[Views],
    reporter: Reporter,
    show: Show = show_clean_alone,
    further: Sequence[Views] = (),
) -> list[Record]:
    """Returns one record for each data set, protocol, seed, method, condition and probe, in this order.

    `show` draws tested clips under a condition. A valid record on disk is reused. A method is fitted once for all
    conditions and probes; encoders are pretrained on the `further` data sets as well. Raises UserError where a named
    protocol does not exist or lacks its data, and where people of a further data set are tested.
    """
    return run_together([campaign], data, reporter, show, further)


def run_together(
    campaigns: Sequence[Campaign],
    data: Sequence[Views],
    reporter: Reporter,
    show: Show = show_clean_alone,
    further: Sequence[Views] = (),
) -> list[Record]:
    """Returns the records of several campaigns with one config, budget, folder and seeds; see `run_campaign`.

    A method is fitted once for all suites that measure it under the same protocol. Each suite has records of its own.
    """
    found = {views.data_set: views for views in data}
    claims = _claim(campaigns, tuple(found))
    boards = [_open(protocol, keys, own, found, show, further) for (protocol, keys), own in claims.items()]
    runs = [
        (board, seed, name, own)
        for board, own in zip(boards, claims.values(), strict=True)
        for seed, name in itertools.product(campaigns[0].seeds, _list_methods(own))
    ]
    played = dict.fromkeys(board.protocol.name for board in boards)
    suites = ", ".join(one.suite.name for one in campaigns)
    pace = Pace(reporter, f"{suites} ({', '.join(played)})", [METHODS[name] for _, _, name, _ in runs])
    return [record for run in runs for record in _run_method(*run, reporter, pace)]


def _list_methods(campaigns: Sequence[Campaign]) -> list[str]:
    return list(dict.fromkeys(name for one in campaigns for name in one.suite.methods))


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


def _run_method(
    board: Board, seed: int, name: str, campaigns: Sequence[Campaign], reporter: Reporter, pace: Pace
) -> list[Record]:
    """Returns the records of all cells of a method with one seed; measures those that no valid record holds."""
    cells = _list_cells(campaigns, name)
    settings = [make_setting(one, board, cell, seed) for one, cell in cells]
    records = [_reuse(campaigns[0].out, setting, name, reporter) for setting in settings]
    if missing := [number for number, record in enumerate(records) if record is None]:
        work = campaigns[0].out / "work" / _name_work(settings, name)
        config = override(campaigns[0].config, {"training.seed": seed})
        wanted = _sort_cells([cells[number][1] for number in missing])
        outcomes = _measure(board, name, config, wanted, work, pace.start(), reporter)
        audit = _audit(board, name, config, outcomes)
        for number in missing:
            one, cell = cells[number]
            records[number] = record = build_record(one, board, settings[number], name, outcomes[cell], audit)
            write_record(one.out, record)
        shutil.rmtree(work, ignore_errors=True)
        pace.finish()
    else:
        pace.skip()
    return [record for record in records if record]


def _list_cells(campaigns: Sequence[Campaign], name: str) -> list[tuple[Campaign, Cell]]:
    """Returns every cell of the campaigns that measure this method."""
    return [(one, cell) for one in campaigns if name in one.suite.methods for cell in one.cells]


def _name_work(settings: Sequence[Setting], name: str) -> str:
    """Returns a name by all cells, so that a run that is killed while it writes records finds its encoders again."""
    return digest([identify(setting, name, hash_method(METHODS[name])) for setting in settings])


def _audit(board: Board, name: str, config: Config, outcomes: Mapping[Cell, Outcome]) -> CaptionAudit | None:
    """Audits the captions of a method that has any result."""
    there = any(outcome.there for outcome in outcomes.values())
    return audit_pretraining(board, METHODS[name], config) if there else None


def _sort_cells(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Returns each cell once, those of one condition together, so that its clips are embedded once."""
    conditions = list(dict.fromkeys(condition for condition, _ in cells))
    return tuple(sorted(dict.fromkeys(cells), key=lambda cell: conditions.index(cell[0])))


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
