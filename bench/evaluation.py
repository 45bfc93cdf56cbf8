"""Evaluates one method on one data set under one protocol: fits encoders, then measures them in every cell.

A cell is a condition and a probe: one encoder serves all of them. The findings of each encoder are stored until the
whole result is written, so that a killed run can resume.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from bench.answer import Findings, add_tallies
from bench.audit.overlap import refuse_leak, refuse_overlap
from bench.examiner import CLEAN, Examiner
from bench.methods.cost import Cost, add_costs, measure_cost
from bench.methods.memory import watch_memory
from bench.methods.method import Method, PartsDone, Unsuitable, fit_blind
from bench.probes import PROBES
from bench.probes.probe import Exam, Round
from bench.protocols.plan import Group, Plan
from bench.protocols.protocol import Protocol
from smile.atomic import read_json, write_json
from smile.config import Config
from smile.errors import BadFile
from smile.limits import rebuild
from smile.progress import Say
from smile.rendering.views import Views, blank

#: A condition and a probe, by their keys in CONDITIONS and PROBES.
Cell = tuple[str, str]


@dataclass(frozen=True)
class Served:
    """Holds what was found in one cell, or the reason why nothing was, and the seconds of fit, embedding and probe."""

    findings: Findings
    seconds: float
    reason: str = ""
    cost: Cost | None = None


@dataclass(frozen=True)
class _Kept:
    """Is what the file of an encoder holds, until the whole result is written."""

    cells: tuple[tuple[Cell, Served], ...]


@dataclass(frozen=True)
class Measurement:
    """Says which method to measure, how, and on which views. The labels of `views` are the classes of the protocol."""

    method: Method
    protocol: Protocol
    views: Views
    plan: Plan
    config: Config
    cells: tuple[Cell, ...] = ((CLEAN, "linear_probe"),)
    #: Condition -> the tested clips under it, or the reason why they cannot be shown.
    shown: Mapping[str, Views | str] = field(default_factory=dict)


def evaluate(task: Measurement, *, work: Path, progress: PartsDone, say: Say) -> dict[Cell, Served]:
    """Returns for each cell the findings on every evaluated clip, in the order of the data set.

    `work` is a folder for these cells alone, because its name is their identity. An earlier, killed run leaves finished
    encoders there, and they are read again. `progress` counts over all encoders.
    Raises Leak where a tested subject was seen before.
    """
    parts: list[dict[Cell, Served]] = []
    for number, group in enumerate(task.plan.groups):
        file = work / f"encoder_{number}.json"
        served = _read(file, task.cells, say)
        if served is None:
            served = _serve(task, group, _part(progress, number, len(task.plan.groups)))
            write_json(file, asdict(_Kept(tuple(served.items()))))
        parts.append(served)
    order = {clip: row for row, clip in enumerate(task.views.clip_ids)}
    return {cell: _join([part[cell] for part in parts], order) for cell in task.cells}


def _join(parts: list[Served], order: Mapping[str, int]) -> Served:
    """Joins what several encoders found in one cell. Where one of them has a reason, there is no result."""
    reason = next((part.reason for part in parts if part.reason), "")
    seconds = sum(part.seconds for part in parts)
    if reason:
        return Served(Findings(), seconds, reason)
    cost = add_costs([part.cost for part in parts if part.cost])
    answers = itertools.chain(*(part.findings.answers for part in parts))
    ordered = tuple(sorted(answers, key=lambda one: (order[one.clip], -one.times, one.predicted)))
    return Served(Findings(ordered, add_tallies([part.findings.tallies for part in parts])), seconds, cost=cost)


def _serve(task: Measurement, group: Group, progress: PartsDone) -> dict[Cell, Served]:
    start = time.perf_counter()
    pretraining, evaluated = _choose_pretraining(task, group), _choose_evaluated(task)
    rounds = tuple(_audit(task, group, pretraining, evaluated))
    with watch_memory() as peak:
        encoder = fit_blind(task.method, pretraining, task.config, progress)
    examiner = Examiner(
        encoder,
        evaluated,
        pretraining,
        rounds,
        task.protocol.multilabel,
        task.method.classifier,
        task.config.training.seed,
        draw_candidates(task.plan),
    )
    fitted, cost = time.perf_counter() - start, measure_cost(encoder, blank(evaluated), peak.gigabytes)
    found: dict[Cell, Served] = {}
    for condition, cells in itertools.groupby(task.cells, key=lambda cell: cell[0]):
        found |= _examine(examiner, condition, task.shown.get(condition), [probe for _, probe in cells], fitted)
    return {cell: replace(one, cost=cost) for cell, one in found.items()}


def _examine(
    examiner: Examiner, condition: str, shown: Views | str | None, probes: list[str], fitted: float
) -> dict[Cell, Served]:
    """Measures one condition with several probes; a reason in the place of `shown` is the result of all of them."""
    start = time.perf_counter()
    try:
        if isinstance(shown, str):
            raise Unsuitable(shown)
        exam = examiner.set_exam(shown)
    except Unsuitable as error:
        return {(condition, probe): Served(Findings(), 0.0, str(error)) for probe in probes}
    spent = fitted + time.perf_counter() - start
    return {(condition, probe): _measure(exam, probe, spent) for probe in probes}


def _measure(exam: Exam, probe: str, spent: float) -> Served:
    start = time.perf_counter()
    try:
        findings = PROBES[probe].measure(exam)
    except Unsuitable as error:
        return Served(Findings(), 0.0, str(error))
    return Served(findings, spent + time.perf_counter() - start)


def draw_candidates(plan: Plan) -> tuple[str, ...]:
    """Returns the subjects whose labels few-label draws may use: of folds that are never tested, if there are any."""
    teaching = {
        name for part in plan.rounds for fold, names in enumerate(part.folds) for name in names
        if fold not in plan.served
    }  # fmt: skip
    return tuple(sorted(teaching)) or plan.evaluated


def _choose_pretraining(task: Measurement, group: Group) -> Views:
    """Returns the pretraining clips of a group that the protocol allows; only labelled ones for methods with labels."""
    rows = task.views.of_subjects(group.pretraining)
    if task.protocol.pretrain_on:
        rows &= np.array(task.protocol.pretrain_on(task.views), dtype=bool)
    if task.method.uses_labels:
        rows &= task.views.labelled
    return task.views.rows(rows)


def _choose_evaluated(task: Measurement) -> Views:
    """Returns the clips with labels of all subjects in any fold, also of folds that are never tested."""
    inside = {name for folds in task.plan.rounds for name in folds.subjects}
    return task.views.rows(task.views.of_subjects(inside) & task.views.labelled)


def _audit(task: Measurement, group: Group, pretraining: Views, evaluated: Views) -> Iterator[Round]:
    """Yields each round as fold numbers of clips; raises Leak if pretraining or probing saw a tested subject.

    The check reads the clips themselves, not the plan, so that it also finds an error between plan and clips.
    """
    subjects = np.array(evaluated.subjects)
    for part in task.plan.rounds:
        refuse_overlap(part.folds)
        where = {name: number for number, fold in enumerate(part.folds) for name in fold}
        folds = np.array([where.get(name, -1) for name in evaluated.subjects])
        for fold in group.folds:
            tested = set(subjects[folds == fold])
            refuse_leak(tested, pretraining.subjects, "pretraining")
            refuse_leak(tested, set(subjects[(folds >= 0) & (folds != fold)]), "probing")
        yield Round(folds, group.folds)


def _part(progress: PartsDone, number: int, count: int) -> PartsDone:
    return lambda done, total: progress(number * total + done, count * total)


def _read(file: Path, cells: tuple[Cell, ...], say: Say) -> dict[Cell, Served] | None:
    if not file.exists():
        return None
    try:
        kept: _Kept = rebuild(_Kept, read_json(file, remedy=""))
    except (BadFile, ValueError):
        kept = _Kept(())
    found = dict(kept.cells)
    if not set(cells) <= set(found):
        say(f"{file} is damaged; it is computed again")
        return None
    return found
