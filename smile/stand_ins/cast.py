"""Says how many subjects act in a generated data set, whose faces they have, and what each of them acts."""

from __future__ import annotations

from dataclasses import dataclass, field

from smile.stand_ins.performance import Difficulty, Performer
from smile.stand_ins.performances.textbook import Textbook

#: Default number of subjects, and of scans in a clip.
SUBJECTS, FRAMES = 30, 20


@dataclass(frozen=True)
class Program:
    """Says what every subject acts."""

    acts: tuple[tuple[str, ...], ...] | None = None  # the labels of each clip; None: what the performer has by itself
    difficulty: Difficulty = field(default_factory=Difficulty)
    frames: int = FRAMES  # in each clip


@dataclass(frozen=True)
class Cast:
    """Says how many subjects act, what each of them acts and how, and the seed that decides faces and movements."""

    subjects: int = SUBJECTS
    program: Program = field(default_factory=Program)
    seed: int = 0
    performer: Performer = field(default_factory=Textbook)
    identities: str = "modes"  # key of IDENTITIES
    difficulty: str = "clean"  # key of DIFFICULTIES: what stands between the faces and good scans of them

    @property
    def words(self) -> tuple[str, ...]:
        """What is not the default, as after the colons of --data synthetic:theories; every title says it."""
        return unusual(self.performer.name, self.identities, self.difficulty)


def unusual(performance: str, identities: str, difficulty: str) -> tuple[str, ...]:
    """Returns the words that differ from those of a cast by default."""
    usual = Cast()
    pairs = ((performance, usual.performer.name), (identities, usual.identities), (difficulty, usual.difficulty))
    return tuple(word for word, default in pairs if word != default)
