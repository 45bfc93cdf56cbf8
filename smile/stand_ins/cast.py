"""Who acts in a made data set, and what."""

from __future__ import annotations

from dataclasses import dataclass, field

from smile.data.face import EXPRESSIONS
from smile.stand_ins.performance import Difficulty

#: How many subjects, and scans a clip, are made where nobody says.
SUBJECTS, FRAMES = 30, 20
#: The six basic expressions, each acted alone.
SIX = tuple((name,) for name in EXPRESSIONS)


@dataclass(frozen=True)
class Program:
    """What every subject acts."""

    acts: tuple[tuple[str, ...], ...] = SIX  # a clip of each: the labels that it shows
    difficulty: Difficulty = field(default_factory=Difficulty)
    frames: int = FRAMES  # of a clip


@dataclass(frozen=True)
class Cast:
    """How many people act, what each acts, and from which seed people and movements are drawn."""

    subjects: int = SUBJECTS
    program: Program = field(default_factory=Program)
    seed: int = 0
