"""Scores findings, with intervals over subjects and seeds, for single-label and multi-label clips."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from bench.answer import Answer, Findings, SubjectTally
from bench.statistics.curves import count_points, measure_points
from bench.statistics.intervals import Score, bootstrap_seeds
from bench.statistics.metrics import (
    METRICS,
    MULTILABEL_METRICS,
    count_confusions,
    count_label_confusions,
    mark_classes,
    order_classes,
)
from smile.arrays import Bool, Float64, Int64


def score(predictions: Sequence[Answer], seed: int, multilabel: bool = False) -> dict[str, Score]:
    """Returns metric name -> score of the predictions of one seed, with its interval over subjects.

    Predictions of all rounds are counted together before they are scored. So accuracy and recall equal the means over
    the rounds.
    """
    return _score_answers([predictions], seed, multilabel)


def score_findings(
    runs: Sequence[Findings], seed: int, multilabel: bool = False, accuracy_alone: bool = False
) -> dict[str, Score]:
    """Returns metric name -> score over the findings of several seeds, which are counted together, as rounds are.

    With `accuracy_alone`, right and wrong answers are counted, and no confusions: where each subject is a class, these
    would be hundreds of millions.
    """
    answers, tallies = [one.answers for one in runs], [one.tallies for one in runs]
    score = _score_right if accuracy_alone else partial(_score_answers, multilabel=multilabel)
    scores = score(answers, seed) if any(answers) else {}
    return scores | (_score_tallies(tallies, seed) if any(tallies) else {})


def _score_answers(runs: Sequence[Sequence[Answer]], seed: int, multilabel: bool) -> dict[str, Score]:
    return bootstrap_seeds(count_subjects(runs, multilabel), seed, metrics_of(multilabel))


def metrics_of(multilabel: bool) -> Mapping[str, Callable[[Float64], Float64]]:
    """Returns metric -> function of counts, as `count_subjects` gives them."""
    return MULTILABEL_METRICS if multilabel else METRICS


def count_subjects(runs: Sequence[Sequence[Answer]], multilabel: bool) -> Float64:
    """Returns what was told of each subject in each of several runs, [runs, S, ...], the subjects sorted by name.

    A confusion matrix [K, K] each; where clips show several classes, those of `count_label_confusions`.
    """
    classes = order_classes(name for answers in runs for one in answers for name in (*one.truth, *one.predicted))
    subjects = sorted({one.subject for answers in runs for one in answers})
    count = _count_several if multilabel else _count_one
    counts = []
    for answers in runs:
        by_subject: dict[str, list[Answer]] = {name: [] for name in subjects}
        for one in answers:
            by_subject[one.subject].append(one)
        counts.append([count(by_subject[name], classes) for name in subjects])
    return np.array(counts)


def _score_right(runs: Sequence[Sequence[Answer]], seed: int) -> dict[str, Score]:
    subjects = sorted({one.subject for answers in runs for one in answers})
    rows = {name: row for row, name in enumerate(subjects)}
    counts = np.zeros((len(runs), len(subjects), 2, 2))  # confusions of one class, told right or taken for another
    for run, answers in enumerate(runs):
        for one in answers:
            counts[run, rows[one.subject], 0, int(one.predicted != one.truth)] += one.times
    return bootstrap_seeds(counts, seed, {"accuracy": METRICS["accuracy"]})


def _score_tallies(runs: Sequence[Sequence[SubjectTally]], seed: int) -> dict[str, Score]:
    subjects = sorted({name for tallies in runs for tally in tallies for name in tally.asked})
    counts = np.stack([count_points(tallies, subjects) for tallies in runs])
    return bootstrap_seeds(counts, seed, measure_points(runs[0]))


def _count_one(predictions: Sequence[Answer], classes: Sequence[str]) -> Float64:
    """Returns the confusion matrix [K, K] over all rounds."""
    truth, predicted = (marks.argmax(axis=1) for marks in _mark_both(predictions, classes))
    return count_confusions(truth, predicted, len(classes), _times(predictions))


def _count_several(predictions: Sequence[Answer], classes: Sequence[str]) -> Float64:
    return count_label_confusions(*_mark_both(predictions, classes), _times(predictions))


def _mark_both(predictions: Sequence[Answer], classes: Sequence[str]) -> tuple[Bool, Bool]:
    """Returns which classes each clip shows, and which were predicted, both [N, K]."""
    return (
        mark_classes([one.truth for one in predictions], classes),
        mark_classes([one.predicted for one in predictions], classes),
    )


def _times(predictions: Sequence[Answer]) -> Int64:
    return np.array([one.times for one in predictions], dtype=np.int64)
