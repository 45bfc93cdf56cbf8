"""Measures one method with one seed on one board: all that a run does far from where it keeps its records."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.audit.captions import CaptionAudit
from bench.board import Board
from bench.evaluation import Cell, Measurement, evaluate
from bench.methods import METHODS
from bench.methods.method import PartsDone, Unsuitable
from bench.methods.supervised.few_scratch import FromScratch
from bench.outcome import Outcome, audit_pretraining
from smile.atomic import is_full
from smile.config import Config
from smile.errors import UserError
from smile.progress import Say


@dataclass(frozen=True)
class Errand:
    """Says which method to measure, with which settings, in which cells, and where finished encoders are kept."""

    board: Board
    name: str  # key of METHODS
    config: Config  # with the seed
    cells: tuple[Cell, ...]
    work: Path


@dataclass(frozen=True)
class ErrandResult:
    """Is what an errand brings home: what each cell showed, and the audit of the captions, where there are any."""

    outcomes: Mapping[Cell, Outcome]
    captions: CaptionAudit | None


#: Runs errands in any order, and yields the number of each with its findings as soon as it is done.
Crew = Callable[[Sequence[Errand]], Iterator[tuple[int, ErrandResult]]]


def run_errand(errand: Errand, progress: PartsDone, say: Say) -> ErrandResult:
    """Returns what the method showed; a fault of the method is a reason in the outcomes, and no exception.

    Raises OSError where the disk is full.
    """
    outcomes = _measure(errand, progress, say)
    there = any(outcome.there for outcome in outcomes.values())
    audit = audit_pretraining(errand.board, METHODS[errand.name], errand.config) if there else None
    return ErrandResult(outcomes, audit)


def open_task(errand: Errand) -> Measurement:
    """Returns what an errand on a board with a plan measures."""
    from smile.rendering.settled import recall  # imports compiled code, for which --list must not wait

    board, plan = errand.board, errand.board.plan
    if plan is None:
        raise UserError(board.reason)
    config = replace(errand.config, rendering=recall(errand.config.rendering, board.views.planes))
    return Measurement(METHODS[errand.name], board.protocol, board.views, plan, config, errand.cells, board.shown)


def _measure(errand: Errand, progress: PartsDone, say: Say) -> Mapping[Cell, Outcome]:
    board, method = errand.board, METHODS[errand.name]
    if board.plan is None:
        return dict.fromkeys(errand.cells, Outcome(reason=board.reason, failed=True))
    task = open_task(errand)
    measure = method.fit.measure.load() if isinstance(method.fit, FromScratch) else evaluate
    try:
        found = measure(task, work=errand.work, progress=progress, say=say)
    except Unsuitable as error:
        return dict.fromkeys(errand.cells, Outcome(reason=str(error)))
    except UserError as error:
        return dict.fromkeys(errand.cells, Outcome(reason=str(error), failed=True))
    except Exception as error:  # a fault of one method must not stop the others
        if is_full(error):
            raise  # the fault of the disk is no result of the method
        say(f"{board.views.title}: {method.title} failed:\n{traceback.format_exc()}")
        return dict.fromkeys(errand.cells, Outcome(reason=f"{type(error).__name__}: {error}", failed=True))
    return {cell: Outcome(one.findings, one.seconds, one.reason, cost=one.cost) for cell, one in found.items()}
