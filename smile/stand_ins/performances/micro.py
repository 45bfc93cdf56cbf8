"""Acts micro-expressions as people have them: sets of units, emotions and timing as coded in 860 of them.

What the units say of the emotion is little: a classifier that sees the true units of other people tells seven classes
in 52 % of the clips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from smile.stand_ins.performance import Act, Difficulty, Performance, generator
from smile.stand_ins.performances import micro_sets
from smile.stand_ins.performances.acting import act_out, digest_acting
from smile.stand_ins.performances.micro_sets import MICRO_SETS
from smile.stand_ins.performances.script import SIDED, Script, Style, both, show_one_side, single_unit, thin
from smile.stand_ins.performances.timing import MICRO_TIMING

#: Share of clips with a unit on one side alone, of 860 micro-expressions (our count over CAS(ME)3).
ONE_SIDED = 0.102
_STRENGTH = (0.1, 0.35)  # of a unit at the apex; annotators give no intensity
_CLIPS = (5, 13)  # of a subject, the last not included: our choice

Units = tuple[int, ...]


@dataclass(frozen=True)
class Micro:
    """Is the only performer of micro-expressions as people have them."""

    name: str = "micro"

    def choose(self, seed: int, subject: str, program: Sequence[tuple[str, ...]] | None) -> tuple[Act, ...]:
        """Returns as many clips of an emotion as luck gives: emotions come as often as they were coded."""
        if program is not None:
            return thin(seed, subject, tuple(MICRO_SETS), program, self.name)
        rng = generator(seed, "acts", subject)
        counts = np.array([sum(read_sets(emotion).values()) for emotion in MICRO_SETS])
        drawn = rng.choice(list(MICRO_SETS), size=int(rng.integers(*_CLIPS)), p=counts / counts.sum()).tolist()
        return tuple(Act((emotion,), take) for emotion in MICRO_SETS for take in range(drawn.count(emotion)))

    def perform(self, seed: int, subject: str, act: Act, frames: int, difficulty: Difficulty) -> Performance:
        """Returns a set of units that was coded for the emotion; within a second, heads and gazes move little."""
        rng, style = generator(seed, "set", subject, act.name), Style.of(seed, subject)
        apex = single_unit(act.labels[0])
        if apex is None:
            weak = {unit: both(float(rng.uniform(*_STRENGTH))) for unit in _draw_set(rng, act.labels[0])}
            apex = show_one_side(rng, weak, style.weak, ONE_SIDED / _able_share())
        script = Script(apex, MICRO_TIMING)
        return act_out(seed, subject, act, frames, _calm(difficulty), script, self.name)

    def content_key(self) -> str:
        """Returns a key for the program: nothing is read."""
        return digest_acting(__file__, str(micro_sets.__file__))


@cache
def read_sets(emotion: str) -> dict[Units, int]:
    """Returns set of units -> how often it was coded for the emotion."""
    parts = (text.partition(":") for text in MICRO_SETS[emotion].split())
    return {tuple(map(int, units.split("+"))): int(count) for units, _, count in parts}


def _draw_set(rng: np.random.Generator, emotion: str) -> Units:
    sets = read_sets(emotion)
    counts = np.array(list(sets.values()))
    return list(sets)[int(rng.choice(len(sets), p=counts / counts.sum()))]


@cache
def _able_share() -> float:
    """Returns the share of the clips with a unit that one side can show alone."""
    sets = [pair for emotion in MICRO_SETS for pair in read_sets(emotion).items()]
    return sum(count for units, count in sets if SIDED & set(units)) / sum(count for _, count in sets)


def _calm(difficulty: Difficulty) -> Difficulty:
    """Returns how much distracts within the second of a micro-expression: a quarter of what a longer clip has."""
    change = {name: getattr(difficulty, name) / 4 for name in ("gaze", "speech", "turn", "shift")}
    return replace(difficulty, blinks=min(difficulty.blinks, 1), **change)
