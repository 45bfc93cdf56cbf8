"""Measures what labels alone are worth: a net from scratch for each draw of labelled subjects of `few_labels`.

Draws, labelled subjects and tested clips are those of the probe, so that rows can be compared clip by clip. The point
of all labelled subjects takes the folds of the first round, counted as often as there are rounds: a net for each fold
of each round would be thousands.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench.answer import Findings, SubjectTally, add_tallies
from bench.audit.overlap import refuse_leak
from bench.evaluation import Cell, Measurement, Served, draw_candidates
from bench.examiner import CLEAN
from bench.methods.cost import Cost, add_costs, measure_cost
from bench.methods.memory import watch_memory
from bench.methods.method import PartsDone
from bench.methods.supervised.few_scratch import teach_from_scratch
from bench.probes.few_labels import COUNTS, draw_labelled
from smile.atomic import read_json, write_json
from smile.config import Config
from smile.errors import BadFile
from smile.limits import rebuild
from smile.progress import Say
from smile.rendering.views import Views

#: The only probe that this measures.
PROBE = "few_labels"


@dataclass(frozen=True)
class Lesson:
    """Says who is labelled, who is asked, and how often each answer counts."""

    metric: str
    labelled: int
    teachers: tuple[str, ...]
    asked: tuple[str, ...]
    times: int = 1


@dataclass(frozen=True)
class _Taught:
    """Is what the file of a lesson holds, until the whole result is written: condition -> tally."""

    tallies: tuple[tuple[str, SubjectTally], ...]
    cost: Cost
    seconds: float


def evaluate_from_scratch(task: Measurement, *, work: Path, progress: PartsDone, say: Say) -> dict[Cell, Served]:
    """Returns for each cell of `few_labels` one tally a number of labelled subjects; a reason for every other probe.

    `work` keeps finished lessons, so that a killed run resumes. Raises Leak where a tested subject is labelled.
    """
    lessons = list(plan_lessons(task))
    shown = {name: views for name, views in {CLEAN: task.views, **task.shown}.items() if isinstance(views, Views)}
    taught = []
    for number, lesson in enumerate(lessons):
        file = work / f"lesson_{number}.json"
        found = _read(file, say)
        if found is None:
            found = _teach(task, shown, lesson, _draw_anew(task.config, number))
            write_json(file, asdict(found))
        taught.append(found)
        progress(number + 1, len(lessons))
    return {cell: _serve(task, cell, taught) for cell in task.cells}


def plan_lessons(task: Measurement) -> Iterator[Lesson]:
    """Yields every draw with every number of labelled subjects, then the folds of the first round."""
    tested, draws = set(task.plan.evaluated), draw_labelled(draw_candidates(task.plan))
    for count in COUNTS:
        if 2 * count <= len(draws[0]):
            drawn = [order[:count] for order in draws]
            yield from (Lesson(f"accuracy@{count}", count, one, tuple(sorted(tested - set(one)))) for one in drawn)
    yield from _plan_folds(task)


def _plan_folds(task: Measurement) -> Iterator[Lesson]:
    present = {clip.subject for clip in task.views.clips if clip.labels}
    folds = [sorted(present & set(fold)) for fold in task.plan.rounds[0].folds]
    most = sum(map(len, folds)) - max(map(len, folds))
    for own in task.plan.served:
        teachers = [name for fold in folds for name in fold if fold is not folds[own]]
        yield Lesson("accuracy@all", most, tuple(teachers), tuple(folds[own]), len(task.plan.rounds))


def _draw_anew(config: Config, number: int) -> Config:
    # First weights and batches differ between lessons, as their clips do.
    return replace(config, training=replace(config.training, seed=config.training.seed * 1000 + number))


def _teach(task: Measurement, shown: dict[str, Views], lesson: Lesson, config: Config) -> _Taught:
    start = time.perf_counter()
    refuse_leak(lesson.asked, lesson.teachers, "the labelled subjects")
    teaching = task.views.rows(task.views.of_subjects(lesson.teachers) & task.views.labelled)
    asked = {name: views.rows(views.of_subjects(lesson.asked) & views.labelled) for name, views in shown.items()}
    with watch_memory() as peak:
        said, encoder = teach_from_scratch(
            teaching.images, teaching.labels, config, {name: views.images for name, views in asked.items()}
        )
    tallies = tuple((name, _count(lesson, views, said[name])) for name, views in asked.items())
    cost = measure_cost(encoder, teaching, peak.gigabytes)
    return _Taught(tallies, cost, time.perf_counter() - start)


def _count(lesson: Lesson, views: Views, said: list[tuple[str, ...]]) -> SubjectTally:
    right: dict[str, float] = {}
    asked: dict[str, float] = {}
    for clip, answer in zip(views.clips, said, strict=True):
        right[clip.subject] = right.get(clip.subject, 0.0) + lesson.times * (set(answer) == set(clip.labels))
        asked[clip.subject] = asked.get(clip.subject, 0.0) + lesson.times
    return SubjectTally(lesson.metric, lesson.labelled, dict(sorted(right.items())), dict(sorted(asked.items())))


def _serve(task: Measurement, cell: Cell, taught: list[_Taught]) -> Served:
    condition, probe = cell
    if probe != PROBE:
        return Served(Findings(), 0.0, f"is measured by the probe {PROBE} alone: each draw trains a net of its own")
    if isinstance(why := task.shown.get(condition), str):
        return Served(Findings(), 0.0, why)
    tallies = add_tallies([(dict(each.tallies)[condition],) for each in taught])
    seconds = sum(each.seconds for each in taught)
    return Served(Findings(tallies=tallies), seconds, cost=add_costs([each.cost for each in taught]))


def _read(file: Path, say: Say) -> _Taught | None:
    if not file.exists():
        return None
    try:
        found: _Taught = rebuild(_Taught, read_json(file, remedy=""))
    except (BadFile, ValueError):
        say(f"{file} is damaged; it is computed again")
        return None
    return found
