"""Measures how much the captions of an arm reveal of the labels, so that a method with text can be judged fairly.

Labels are used only here, after the captions were written. They never help to write a caption.
Letters in shapes: N clips, P phrases, K classes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.probes.kernel import make_kernel
from bench.probes.linear_probe import probe
from bench.probes.probe import Exam, Round
from bench.statistics.metrics import mark_classes, order_classes
from smile.arrays import Float32
from smile.data.face import name_labels
from smile.data.splits import subject_folds

#: Number of subject-independent folds in which a classifier predicts labels from captions.
FOLDS = 5


@dataclass(frozen=True)
class CaptionAudit:
    """Holds the result of one audit. Floats are fractions; integers are counts."""

    clips: int
    silent: int  # clips with an empty caption
    distinct: int  # number of different captions, without the empty one
    information: float  # normalised mutual information of caption and label; 1: each determines the other
    adjusted: float  # adjusted mutual information (Vinh et al. 2010): as above, without what chance alone gives
    accuracy: float | None  # of labels predicted from phrases, on other subjects; None with fewer subjects than FOLDS


def audit_captions(
    captions: Sequence[str], labels: Sequence[tuple[str, ...]], subjects: Sequence[str], seed: int
) -> CaptionAudit:
    """Compares the captions with the labels: one caption and one tuple of labels for each clip."""
    from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score

    named = [name_labels(own) for own in labels]
    return CaptionAudit(
        clips=len(captions),
        silent=sum(not caption for caption in captions),
        distinct=len(set(captions) - {""}),
        information=round(float(normalized_mutual_info_score(named, captions)), 6),
        adjusted=round(float(adjusted_mutual_info_score(named, captions)), 6),
        accuracy=_predict(captions, labels, subjects, seed),
    )


def bag_phrases(captions: Sequence[str]) -> Float32:
    """Returns which phrases each caption holds, as zeros and ones [N, P].

    Commas separate phrases. Columns are in alphabetical order.
    Example: "mouth open, brows raised" holds the phrases "brows raised" and "mouth open".
    """
    parts = [{part.strip() for part in caption.split(",") if part.strip()} for caption in captions]
    phrases = sorted(set().union(*parts))
    return np.array([[phrase in held for phrase in phrases] for held in parts], dtype=np.float32).reshape(
        len(captions), len(phrases)
    )


def _predict(
    captions: Sequence[str], labels: Sequence[tuple[str, ...]], subjects: Sequence[str], seed: int
) -> float | None:
    """Returns the fraction of clips whose labels a ridge classifier predicts from phrases, fitted on other subjects."""
    if len(set(subjects)) < FOLDS:
        return None
    classes = order_classes(itertools.chain(*labels))
    targets = mark_classes(labels, classes)
    where = {name: k for k, fold in enumerate(subject_folds(subjects, FOLDS, "captions", seed).folds) for name in fold}
    part = Round(np.array([where[name] for name in subjects]), tuple(range(FOLDS)))
    bag = bag_phrases(captions)
    multilabel = bool((targets.sum(axis=1) != 1).any())
    (said,) = probe(Exam(make_kernel(bag, bag), targets, multilabel, (part,), "ridge", seed))
    return round(float((said == targets).all(axis=1).mean()), 6)
