"""Defines the contract of a probe, which measures frozen embeddings on tested clips.

Letters in shapes: N clips, K classes, S sentences, D width of the joint space of images and text.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.answer import Answer, Findings
from bench.probes.kernel import Kernel
from smile.arrays import Bool, Float32, Int64
from smile.data.face import Facts


@dataclass(frozen=True)
class Round:
    """Holds one round of a protocol: each fold in `tested` is tested in turn by a classifier fitted on all others."""

    folds: Int64  # [N] number of the clip's fold; -1 where the clip is in no fold
    tested: tuple[int, ...]


@dataclass(frozen=True)
class TextSide:
    """Holds what a method with text adds: faces and sentences in one joint space."""

    faces: Callable[[], Float32]  # -> [N, D] as they are shown when they are tested
    embed: Callable[[Sequence[str]], Float32]  # sentences -> [S, D]; zero rows for sentences of unknown words


@dataclass(frozen=True)
class Exam:
    """Holds what a probe may use. Labels of a tested fold help to test other folds, never the fold itself."""

    kernel: Kernel
    targets: Bool  # [N, K] True where a clip shows a class
    multilabel: bool  # True: any number of classes for each clip; False: exactly one
    rounds: tuple[Round, ...]
    classifier: str
    seed: int
    classes: tuple[str, ...] = ()  # [K]
    clips: tuple[Facts, ...] = ()  # [N] for the names in answers
    hidden: Bool | None = None  # [N] True where a tested clip cannot be shown under the condition; None: nowhere
    draws: tuple[tuple[str, ...], ...] = ()  # orders of the subjects whose labels `few_labels` may use
    text: TextSide | None = None  # None: the encoder has no text side


@dataclass(frozen=True)
class Probe:
    """Describes a probe: how it measures, and which of its numbers counts."""

    title: str  # as printed in tables
    measure: Callable[[Exam], Findings]  # raises bench.methods.method.Unsuitable where the exam lacks what it needs
    main: str = "accuracy"  # the metric by which methods are ranked and compared
    lower_is_better: bool = False
    main_alone: bool = False  # True: no other number has a meaning


def tested_rows(exam: Exam) -> Int64:
    """Returns the rows that any round tests and that can be shown, sorted."""
    inside = np.zeros(len(exam.targets), dtype=np.bool_)
    for part in exam.rounds:
        inside |= np.isin(part.folds, part.tested)
    return np.flatnonzero(inside if exam.hidden is None else inside & ~exam.hidden)


def tell(exam: Exam, said: Sequence[Bool]) -> Iterator[Answer]:
    """Yields every prediction for every tested clip as class names, counted over the rounds; `said` are [N, K]."""
    heard: dict[int, Counter[tuple[str, ...]]] = {}
    folds: dict[int, set[int]] = {}
    shown = set(tested_rows(exam).tolist())
    for part, predicted in zip(exam.rounds, said, strict=True):
        for row in np.flatnonzero(np.isin(part.folds, part.tested)).tolist():
            if row in shown:
                heard.setdefault(row, Counter())[tuple(itertools.compress(exam.classes, predicted[row]))] += 1
                folds.setdefault(row, set()).add(int(part.folds[row]))
    for row, counter in heard.items():
        fold = folds[row].pop() if len(folds[row]) == 1 else -1
        clip = exam.clips[row]
        truth = tuple(name for name in exam.classes if name in clip.labels)
        for names, times in counter.items():
            yield Answer(clip.id, clip.subject, fold, truth, names, times)
