"""Defines the contract of a probe, which predicts the classes of tested clips from frozen embeddings.

Letters in shapes: N clips, R clips of reference, D dimensions, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from smile.arrays import Bool, Float32, Int64


@dataclass(frozen=True)
class Round:
    """Holds one round of a protocol: each fold in `tested` is tested in turn by a classifier fitted on all others."""

    folds: Int64  # [N] number of the clip's fold; -1 where the clip is in no fold
    tested: tuple[int, ...]


@dataclass(frozen=True)
class Exam:
    """Holds what a probe may use. Labels of a tested fold help to test other folds, never the fold itself."""

    embeddings: Float32  # [N, D]
    reference: Float32  # [R, D] of the clips of the encoder's pretraining: give mean and deviation
    targets: Bool  # [N, K] True where a clip shows a class
    multilabel: bool  # True: any number of classes for each clip; False: exactly one
    rounds: tuple[Round, ...]
    classifier: str
    seed: int


class Probe(Protocol):
    """Predicts the classes of tested clips from frozen embeddings."""

    def __call__(self, exam: Exam) -> Sequence[Bool]:
        """Returns the predicted classes [N, K] of each round; rows that a round does not test are all False."""
