"""Acts as theories of emotion say: each subject holds to one theory, and draws a way of it for every clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smile.data.face import EXPRESSIONS
from smile.stand_ins.performance import Act, Difficulty, Performance, generator
from smile.stand_ins.performances import theory_maps
from smile.stand_ins.performances.acting import act_out, digest_acting
from smile.stand_ins.performances.script import Script, Sides, Style, show_one_side, single_unit, thin
from smile.stand_ins.performances.theory_maps import THEORIES
from smile.stand_ins.performances.timing import MACRO_TIMING

_STRENGTHS = (0.3, 0.5, 0.75, 1.0)  # as annotators' B to E; theories name none
_ABSENT = 0.1  # probability that a unit of the theory stays away; at least one is present
_HABIT = 0.25  # probability that the subject's habit joins
#: Share of clips with a unit on one side alone, of 3,346 macro-expressions (our count over CAS(ME)3).
ONE_SIDED = 0.083


@dataclass(frozen=True)
class Theories:
    """Is the only performer by theories."""

    name: str = "theories"

    def choose(self, seed: int, subject: str, program: Sequence[tuple[str, ...]] | None) -> tuple[Act, ...]:
        """Returns the acts as `thin` draws them."""
        return thin(seed, subject, EXPRESSIONS, program, self.name)

    def perform(self, seed: int, subject: str, act: Act, frames: int, difficulty: Difficulty) -> Performance:
        """Returns a way of the subject's theory, in the style of the subject."""
        theory = str(generator(seed, "theory", subject).choice(list(THEORIES)))
        rng, style = generator(seed, "way", subject, act.name), Style.of(seed, subject)
        apex = single_unit(act.labels[0])
        if apex is None:
            drawn = _draw_units(rng, THEORIES[theory][act.labels[0]], style)
            apex = show_one_side(rng, drawn, style.weak, ONE_SIDED)
        script = Script(apex, MACRO_TIMING, manner=theory)
        return act_out(seed, subject, act, frames, difficulty, script, self.name)

    def content_key(self) -> str:
        """Returns a key for the program: nothing is read."""
        return digest_acting(__file__, str(theory_maps.__file__))


def _draw_units(rng: np.random.Generator, ways: str, style: Style) -> dict[int, Sides]:
    """Returns the units of one of the ways; each has a strength of its own, and some stay away."""
    texts = ways.split("|")
    drawn = [unit for text in texts[int(rng.integers(len(texts)))].split() if (unit := _draw_unit(rng, text))]
    kept = [unit for unit in drawn if rng.random() >= _ABSENT] or drawn[:1]
    if rng.random() < _HABIT and style.habit not in dict(kept):
        kept.append((style.habit, (0.3, 0.3)))
    return dict(kept)


def _draw_unit(rng: np.random.Generator, text: str) -> tuple[int, Sides] | None:
    """Returns unit and strengths of e.g. "4", "L20" or "24:.675"; None where it does not take part."""
    name, _, share = text.partition(":")
    strength, luck = float(rng.choice(_STRENGTHS)), float(rng.random())
    if luck >= float(share or 1):
        return None
    sides = (strength * (name[0] != "R"), strength * (name[0] != "L"))
    return int(name.lstrip("LR")), sides
