"""One method on one data set under one protocol: fit the encoders, predict every evaluated clip once.

What each encoder led to is kept on disk until the whole result is written, so that a killed run resumes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.audit import refuse_leak
from bench.methods.method import Encoder, Method, Progress, blank, fit_blind
from bench.metrics import count_confusions, order_classes
from bench.protocols import Protocol
from bench.protocols.folds import Group, Plan
from bench.statistics import Score, bootstrap
from smile.atomic import write_json
from smile.config import Config
from smile.rendering.views import Views

Say = Callable[[str], None]


@dataclass(frozen=True)
class Prediction:
    """What was said of one clip."""

    clip: str
    subject: str
    fold: int
    truth: str
    predicted: str


@dataclass(frozen=True)
class Served:
    """What an encoder led to: the predictions of its folds and the seconds that fit, embedding and probes took."""

    predictions: tuple[Prediction, ...]
    seconds: float


@dataclass(frozen=True)
class Task:
    """Who is measured, how, and on what."""

    method: Method
    protocol: Protocol
    views: Views
    plan: Plan
    config: Config


def evaluate(task: Task, *, work: Path, progress: Progress, say: Say) -> Served:
    """Predictions of every evaluated clip in the order of the data set, and seconds over all encoders.

    `work` is a folder of this very result (its name holds the identity): encoders that an earlier, killed run had
    finished are read from it. `progress` counts over all encoders together. Raises Leak if the plan is unsound.
    """
    found: list[Prediction] = []
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
    return Served(tuple(sorted(found, key=lambda prediction: order[prediction.clip])), seconds)


def score(predictions: tuple[Prediction, ...], seed: int) -> dict[str, Score]:
    """Metric name -> score with its interval over subjects."""
    classes = {name: k for k, name in enumerate(order_classes([p.truth for p in predictions]))}
    by_subject: dict[str, list[Prediction]] = {}
    for prediction in predictions:
        by_subject.setdefault(prediction.subject, []).append(prediction)
    return bootstrap(np.stack([_confusion(by_subject[name], classes) for name in sorted(by_subject)]), seed)


def _confusion(predictions: list[Prediction], classes: dict[str, int]) -> NDArray[np.float64]:
    truth = np.array([classes[p.truth] for p in predictions])
    return count_confusions(truth, np.array([classes[p.predicted] for p in predictions]), len(classes))


def _serve(task: Task, group: Group, progress: Progress) -> Served:
    start = time.perf_counter()
    pretraining = task.views.rows(_rows_of(task.views, group.pretraining))
    evaluated = task.views.rows(_rows_of(task.views, task.plan.evaluated))
    # The clips themselves are asked, not the plan: a slip between the two must not go unseen.
    for fold in group.folds:
        refuse_leak(task.plan.folds.folds[fold], pretraining.subjects, "pretraining")
    embeddings = _embed(fit_blind(task.method, pretraining, task.config, progress), evaluated)
    tested = [_test(task, evaluated, embeddings, fold) for fold in group.folds]
    return Served(tuple(prediction for fold in tested for prediction in fold), time.perf_counter() - start)


def _embed(encoder: Encoder, views: Views) -> NDArray[np.float32]:
    embeddings = encoder.embed(blank(views))
    if len(embeddings) != len(views) or not np.isfinite(embeddings).all():
        raise FloatingPointError(f"embeddings {embeddings.shape} of {len(views)} clips hold values that are not finite")
    return embeddings


def _test(task: Task, views: Views, embeddings: NDArray[np.float32], fold: int) -> list[Prediction]:
    tested = np.isin(views.subjects, task.plan.folds.folds[fold])
    refuse_leak(task.plan.folds.folds[fold], np.array(views.subjects)[~tested], "probing")
    classes = order_classes(views.expressions)
    labels = np.array([classes.index(expression) for expression in views.expressions])
    seed = (task.config.training.seed, fold)
    guesses = task.protocol(embeddings, labels, views.subjects, tested, classifier=task.method.classifier, seed=seed)
    return [
        Prediction(views.clip_ids[row], views.subjects[row], fold, views.expressions[row], classes[guess])
        for row, guess in zip(np.flatnonzero(tested), guesses, strict=True)
    ]


def _rows_of(views: Views, subjects: tuple[str, ...]) -> NDArray[np.int64]:
    return np.flatnonzero(np.isin(views.subjects, subjects))


def _part(progress: Progress, number: int, count: int) -> Progress:
    return lambda done, total: progress(number * total + done, count * total)


def _read(file: Path, say: Say) -> Served | None:
    if not file.exists():
        return None
    try:
        content = json.loads(file.read_text())
        return Served(tuple(Prediction(**entry) for entry in content["predictions"]), float(content["seconds"]))
    except (ValueError, KeyError, TypeError):
        say(f"{file} is damaged; it is computed again")
        return None
