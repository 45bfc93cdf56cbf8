"""The contract of a probe: from frozen embeddings to the classes of the tested clips.

Letters in shapes: N clips, R clips of reference, D dimensions, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from smile.arrays import Bool, Float32, Int64


@dataclass(frozen=True)
class Round:
    """One round of a protocol on these clips: each fold in `tested` is tested in turn, taught by all others."""

    folds: Int64  # [N] number of the fold that a clip is in; -1 where it is in none
    tested: tuple[int, ...]


@dataclass(frozen=True)
class Exam:
    """What a probe may know. Labels of a tested fold are there to teach the other folds; they are never used for it."""

    embeddings: Float32  # [N, D]
    reference: Float32  # [R, D] of the clips that the encoder was pretrained on: mean and spread
    targets: Bool  # [N, K] which classes a clip shows
    multilabel: bool  # several classes a clip, or none; else exactly one
    rounds: tuple[Round, ...]
    classifier: str
    seed: int


class Probe(Protocol):
    """How frozen embeddings are measured."""

    def __call__(self, exam: Exam) -> Sequence[Bool]:
        """Predicted classes [N, K] of each round; rows that a round does not test are all False."""
