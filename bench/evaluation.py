"""One method on one data set under one protocol: fit the encoders, predict every evaluated clip once a round.

What each encoder led to is kept on disk until the whole result is written, so that a killed run resumes.
"""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.audit.overlap import refuse_leak, refuse_overlap
from bench.methods.method import Encoder, Method, PartsDone, fit_blind
from bench.probes.probe import Exam, Probe, Round
from bench.protocols.plan import Group, Plan
from bench.protocols.protocol import Protocol
from bench.statistics.metrics import mark_classes, order_classes
from smile.arrays import Bool, Float32
from smile.atomic import write_json
from smile.config import Config
from smile.progress import Say
from smile.rendering.views import Views, blank


@dataclass(frozen=True)
class Answer:
    """What was said of one clip; where rounds deal the folds anew, how often it was said."""

    clip: str
    subject: str
    fold: int  # -1 where it is another one in each round
    truth: tuple[str, ...]  # its classes, one or several
    predicted: tuple[str, ...]  # none where a multi-label classifier says so
    times: int = 1  # in how many rounds


def read_answer(entry: Mapping[str, Any]) -> Answer:
    """An answer that was written as JSON; raises TypeError or KeyError on anything else."""
    return Answer(**{**entry, "truth": tuple(entry["truth"]), "predicted": tuple(entry["predicted"])})


@dataclass(frozen=True)
class Served:
    """What an encoder led to: the predictions of its folds and the seconds that fit, embedding and probes took."""

    predictions: tuple[Answer, ...]
    seconds: float


@dataclass(frozen=True)
class Measurement:
    """Who is measured, how, and on what. The labels of `views` are the classes of the protocol."""

    method: Method
    protocol: Protocol
    probe: Probe
    views: Views
    plan: Plan
    config: Config


def evaluate(task: Measurement, *, work: Path, progress: PartsDone, say: Say) -> Served:
    """Predictions of every evaluated clip in the order of the data set, and seconds over all encoders.

    `work` is a folder of this very result (its name holds the identity): encoders that an earlier, killed run had
    finished are read from it. `progress` counts over all encoders together. Raises Leak if the plan is unsound.
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
    """The clips of the group's subjects that the protocol lets encoders see; with labels, those that have one."""
    rows = task.views.of_subjects(group.pretraining)
    if task.protocol.pretrain_on:
        rows &= np.array(task.protocol.pretrain_on(task.views), dtype=bool)
    if task.method.uses_labels:
        rows &= task.views.labelled
    return task.views.rows(rows)


def _choose_evaluated(task: Measurement) -> Views:
    """The clips that count of everyone who is in any fold: those who are tested and those who only teach."""
    inside = {name for folds in task.plan.rounds for name in folds.subjects}
    return task.views.rows(task.views.of_subjects(inside) & task.views.labelled)


def _audit(task: Measurement, group: Group, pretraining: Views, evaluated: Views) -> Iterator[Round]:
    """Each round as numbers of folds a clip; Leak where a tested subject was seen in pretraining or teaches itself.

    The clips themselves are asked, not the plan: a slip between the two must not go unseen.
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
    """What was said of every tested clip, in words and counted over the rounds."""
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
        content = json.loads(file.read_text())
        return Served(tuple(map(read_answer, content["predictions"])), float(content["seconds"]))
    except (ValueError, KeyError, TypeError):
        say(f"{file} is damaged; it is computed again")
        return None
