"""Tries out whether a probe reads labels of the fold that it tests, as one that chooses its penalty there does.

The labels of the tested fold are changed; the predictions for this fold must not change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from bench.answer import Findings
from bench.methods.method import Unsuitable
from bench.probes import PROBES
from bench.probes.few_labels import draw_labelled
from bench.probes.kernel import make_kernel
from bench.probes.probe import Exam, Round
from smile.data.face import Facts

#: The exam: subjects, clips of each, classes, dimensions; changes of labels that are tried for every fold.
_SUBJECTS, _CLIPS, _CLASSES, _DIMENSIONS, _TRIES = 9, 4, 2, 12, 4
_FOLDS = (0, 1, 2)


@cache
def reads_tested_labels(probe: str) -> bool:
    """Returns whether predictions of a probe, a key of PROBES, depend on labels of the tested fold.

    False where it cannot be seen: the probe is unknown, gives no predictions, or needs more than embeddings. All
    classifiers choose their penalty by one function, so that the fastest stands for them.
    """
    return probe in PROBES and finds_peeking(PROBES[probe].measure)


def finds_peeking(measure: Callable[[Exam], Findings]) -> bool:
    """Returns whether predictions for a fold change when the labels of this fold alone are changed.

    The exam is hard, so that most penalties give other predictions: what is chosen by tested labels shows.
    """
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(_CLASSES), _SUBJECTS * _CLIPS // _CLASSES)
    exam = _set_exam(labels, rng.normal(size=(len(labels), _DIMENSIONS)).astype(np.float32))
    folds = exam.rounds[0].folds
    try:
        usual = _answer(measure, exam)
        for fold in _FOLDS if usual else ():
            tested = folds == fold
            for _ in range(_TRIES):
                changed = np.where(tested, rng.integers(_CLASSES, size=len(labels)), labels)
                again = _answer(measure, _set_labels(exam, changed))
                if any(usual.get(row) != again.get(row) for row in np.flatnonzero(tested).tolist()):
                    return True
    except Unsuitable:
        return False
    return False


def _set_exam(labels: np.ndarray, embeddings: np.ndarray) -> Exam:
    folds = np.repeat(np.arange(_SUBJECTS) % len(_FOLDS), _CLIPS)
    embeddings[:, 0] += labels
    exam = Exam(
        kernel=make_kernel(embeddings, embeddings),
        targets=np.zeros((len(labels), _CLASSES), dtype=np.bool_),
        multilabel=False,
        rounds=(Round(folds, _FOLDS),),
        classifier="ridge",
        seed=0,
        classes=tuple(f"class {number}" for number in range(_CLASSES)),
        draws=draw_labelled([f"subject {number}" for number in range(_SUBJECTS)]),
    )
    return _set_labels(exam, labels)


def _set_labels(exam: Exam, labels: np.ndarray) -> Exam:
    clips = tuple(
        Facts(str(row), f"subject {row // _CLIPS}", (exam.classes[label],)) for row, label in enumerate(labels)
    )
    return replace(exam, targets=np.eye(_CLASSES, dtype=np.bool_)[labels], clips=clips)


def _answer(measure: Callable[[Exam], Findings], exam: Exam) -> dict[int, tuple[str, ...]]:
    return {int(one.clip): one.predicted for one in measure(exam).answers}
