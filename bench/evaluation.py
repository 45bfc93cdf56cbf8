"""Evaluates one method on one data set under one protocol: fits encoders, then predicts all tested clips.

The predictions of each encoder are stored until the whole result is written, so that a killed run can resume.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench.audit.overlap import refuse_leak, refuse_overlap
from bench.methods.method import Encoder, Method, PartsDone, fit_blind
from bench.probes.probe import Exam, Probe, Round
from bench.protocols.plan import Group, Plan
from bench.protocols.protocol import Protocol
from bench.statistics.metrics import mark_classes, order_classes
from smile.arrays import Bool, Float32
from smile.atomic import read_json, write_json
from smile.config import Config
from smile.errors import BadFile
from smile.limits import rebuild
from smile.progress import Say
from smile.rendering.views import Views, blank


@dataclass(frozen=True)
class Answer:
    """Holds one prediction for one clip, and in how many rounds the probe gave this prediction."""

    clip: str
    subject: str
    fold: int  # -1 where the fold of the clip differs between rounds
    truth: tuple[str, ...]  # true classes, one or several
    predicted: tuple[str, ...]  # empty where a multi-label classifier predicts no class
    times: int = 1  # number of rounds with this prediction


@dataclass(frozen=True)
class Served:
    """Holds the predictions for the folds of one or all encoders, and the seconds of fit, embedding and probes."""

    predictions: tuple[Answer, ...]
    seconds: float


@dataclass(frozen=True)
class Measurement:
    """Says which method to measure, how, and on which views. The labels of `views` are the classes of the protocol."""

    method: Method
    protocol: Protocol
    probe: Probe
    views: Views
    plan: Plan
    config: Config


def evaluate(task: Measurement, *, work: Path, progress: PartsDone, say: Say) -> Served:
    """Returns predictions for every evaluated clip, in the order of the data set, and the seconds of all encoders.

    `work` is a folder for this result alone, because its name is the identity of the result. An earlier, killed run
    leaves finished encoders there, and they are read again. `progress` counts over all encoders.
    Raises Leak where a tested subject was seen before.
    """
    found: list[Answer] = []
    seconds = 0.0
    for number, group in enumerate(task.plan.groups):
        file = work / f"encoder_{number}.json"
        served = _read(file, say)
        if served is None:
            served = _serve(task, group, _part(progress, number, len(task.plan.groups)))
            write_json(file, asdict(served))
        found += served.predictions
        seconds += served.seconds
    order = {clip: row for row, clip in enumerate(task.views.clip_ids)}
    return Served(tuple(sorted(found, key=lambda one: (order[one.clip], -one.times, one.predicted))), seconds)


def _serve(task: Measurement, group: Group, progress: PartsDone) -> Served:
    start = time.perf_counter()
    pretraining, evaluated = _choose_pretraining(task, group), _choose_evaluated(task)
    rounds = tuple(_audit(task, group, pretraining, evaluated))
    encoder = fit_blind(task.method, pretraining, task.config, progress)
    classes = order_classes(itertools.chain(*evaluated.labels))
    exam = Exam(
        embeddings=_embed(encoder, evaluated),
        reference=_embed(encoder, pretraining),
        targets=mark_classes(evaluated.labels, classes),
        multilabel=task.protocol.multilabel,
        rounds=rounds,
        classifier=task.method.classifier,
        seed=task.config.training.seed,
    )
    predictions = tuple(_tell(evaluated, classes, rounds, task.probe(exam)))
    return Served(predictions, time.perf_counter() - start)


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


def _embed(encoder: Encoder, views: Views) -> Float32:
    embeddings = encoder.embed(blank(views))
    if len(embeddings) != len(views) or not np.isfinite(embeddings).all():
        raise FloatingPointError(f"embeddings {embeddings.shape} of {len(views)} clips hold values that are not finite")
    return embeddings


def _tell(views: Views, classes: tuple[str, ...], rounds: tuple[Round, ...], said: Sequence[Bool]) -> Iterator[Answer]:
    """Yields every prediction for every tested clip, as class names, counted over the rounds."""
    heard: dict[int, Counter[tuple[str, ...]]] = {}
    folds: dict[int, set[int]] = {}
    for part, predicted in zip(rounds, said, strict=True):
        for row in np.flatnonzero(np.isin(part.folds, part.tested)).tolist():
            heard.setdefault(row, Counter())[tuple(itertools.compress(classes, predicted[row]))] += 1
            folds.setdefault(row, set()).add(int(part.folds[row]))
    for row, counter in heard.items():
        fold = folds[row].pop() if len(folds[row]) == 1 else -1
        clip = views.clips[row]
        truth = tuple(name for name in classes if name in clip.labels)
        for names, times in counter.items():
            yield Answer(clip.id, clip.subject, fold, truth, names, times)


def _part(progress: PartsDone, number: int, count: int) -> PartsDone:
    return lambda done, total: progress(number * total + done, count * total)


def _read(file: Path, say: Say) -> Served | None:
    if not file.exists():
        return None
    try:
        found: Served = rebuild(Served, read_json(file, remedy=""))
    except (BadFile, ValueError):
        say(f"{file} is damaged; it is computed again")
        return None
    return found
