"""How much of the labels the captions of an arm already tell: what a text-trained method is worth is seen beside it.

Labels are read here, after the captions were written, and nowhere in writing them.
Letters in shapes: N clips, P phrases, K classes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.probes.linear_probe import probe
from bench.probes.probe import Exam, Round
from bench.statistics.metrics import mark_classes, order_classes
from smile.arrays import Float32
from smile.data.face import name_labels
from smile.data.splits import subject_folds

#: Subject-independent folds in which labels are predicted from captions.
FOLDS = 5


@dataclass(frozen=True)
class CaptionAudit:
    """What was found; numbers but the counts are fractions."""

    clips: int
    silent: int  # clips with the empty caption
    distinct: int  # captions
    information: float  # normalised mutual information of caption and label: 1, each tells the other
    adjusted: float  # the same less what captions that are all different share with any labels (Vinh et al. 2010)
    accuracy: float | None  # of labels predicted from phrases on other subjects; None with too few subjects


def audit_captions(
    captions: Sequence[str], labels: Sequence[tuple[str, ...]], subjects: Sequence[str], seed: int
) -> CaptionAudit:
    """Compares one caption a clip with its labels."""
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
    """Which phrase, parted by commas, each caption holds [N, P]; phrases in alphabetical order."""
    parts = [{part.strip() for part in caption.split(",") if part.strip()} for caption in captions]
    phrases = sorted(set().union(*parts))
    return np.array([[phrase in held for phrase in phrases] for held in parts], dtype=np.float32).reshape(
        len(captions), len(phrases)
    )


def _predict(
    captions: Sequence[str], labels: Sequence[tuple[str, ...]], subjects: Sequence[str], seed: int
) -> float | None:
    """Fraction of clips whose label a ridge classifier tells from the phrases, taught by other subjects."""
    if len(set(subjects)) < FOLDS:
        return None
    classes = order_classes(itertools.chain(*labels))
    targets = mark_classes(labels, classes)
    where = {name: k for k, fold in enumerate(subject_folds(subjects, FOLDS, "captions", seed).folds) for name in fold}
    part = Round(np.array([where[name] for name in subjects]), tuple(range(FOLDS)))
    bag = bag_phrases(captions)
    multilabel = bool((targets.sum(axis=1) != 1).any())
    (said,) = probe(Exam(bag, bag, targets, multilabel, (part,), "ridge", seed))
    return round(float((said == targets).all(axis=1).mean()), 6)
