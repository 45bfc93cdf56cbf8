"""Says how many subjects act in a generated data set, and what each of them acts."""

from __future__ import annotations

from dataclasses import dataclass, field

from smile.data.face import EXPRESSIONS
from smile.stand_ins.performance import Difficulty

#: Default number of subjects, and of scans in a clip.
SUBJECTS, FRAMES = 30, 20
#: The six basic expressions, each acted alone.
SIX = tuple((name,) for name in EXPRESSIONS)


@dataclass(frozen=True)
class Program:
    """Says what every subject acts."""

    acts: tuple[tuple[str, ...], ...] = SIX  # the labels of each clip
    difficulty: Difficulty = field(default_factory=Difficulty)
    frames: int = FRAMES  # in each clip


@dataclass(frozen=True)
class Cast:
    """Says how many subjects act, what each of them acts, and the seed that decides their faces and movements."""

    subjects: int = SUBJECTS
    program: Program = field(default_factory=Program)
    seed: int = 0
