"""Finds the nearest clip by the angle between standardised embeddings, to tell its class or who it is of.

Letters in shapes: N clips, K classes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.answer import Answer, Findings
from bench.methods.method import Unsuitable
from bench.probes.linear_probe import probe
from bench.probes.probe import Exam, Round, tell, tested_rows
from smile.arrays import Bool, Float64


def probe_nearest(exam: Exam) -> Findings:
    """Tells a tested clip the classes of the nearest clip of the other folds (1-NN); nothing is fitted or chosen."""
    if exam.classifier == "uniform":
        return Findings(tuple(tell(exam, probe(exam))))
    likeness = _compare(exam)
    return Findings(tuple(tell(exam, [_copy_classes(exam, part, likeness) for part in exam.rounds])))


def probe_identity(exam: Exam) -> Findings:
    """Tells who a tested clip is of, by the nearest of all other clips: an embedding of expressions should not know.

    Chance is about one in the number of subjects. A clip is never compared with itself, nor with its clean version.
    """
    if exam.classifier == "uniform":
        raise Unsuitable("guesses classes, not subjects")
    return Findings(tuple(_recognise(exam, _compare(exam))))


def _compare(exam: Exam) -> Float64:
    """Returns the cosine of each clip as it is shown with each clean clip, times a factor of the row alone [N, N]."""
    lengths = np.sqrt(np.maximum(np.diagonal(exam.kernel.clean), 0))
    if not lengths.any():
        raise Unsuitable("embeds every clip alike, so that no clip is nearest")
    return np.asarray(exam.kernel.shown / np.maximum(lengths, 1e-12))


def _copy_classes(exam: Exam, part: Round, likeness: Float64) -> Bool:
    said = np.zeros_like(exam.targets)
    for fold in part.tested:
        rows, others = np.flatnonzero(part.folds == fold), np.flatnonzero((part.folds >= 0) & (part.folds != fold))
        said[rows] = exam.targets[others[likeness[np.ix_(rows, others)].argmax(1)]]
    return said


def _recognise(exam: Exam, likeness: Float64) -> Iterator[Answer]:
    others = likeness.copy()
    np.fill_diagonal(others, -np.inf)
    for row in tested_rows(exam).tolist():
        clip, nearest = exam.clips[row], exam.clips[int(others[row].argmax())]
        yield Answer(clip.id, clip.subject, -1, (clip.subject,), (nearest.subject,))
