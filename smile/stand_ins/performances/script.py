"""Holds what a clip shows before it is acted: strengths of action units on each side, and the style of its subject.

Letters in shapes: U action units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from smile.errors import UserError
from smile.stand_ins import blendshapes
from smile.stand_ins.performance import Act, generator
from smile.stand_ins.performances.timing import Timing

#: Strengths of an action unit on the subject's left and right side.
Sides = tuple[float, float]

#: Units that one side can show alone.
SIDED = frozenset(
    unit for unit, shapes in blendshapes.ACTION_UNITS.items() if all(s[-2:] in ("_L", "_R") for s in shapes)
)

#: Probability that a subject does not act an expression of the program, and that it acts one twice where it may.
_ABSENT, _TWICE = 0.15, 0.15


@dataclass(frozen=True)
class Script:
    """Says what a clip shows."""

    apex: Mapping[int, Sides]
    timing: Timing
    rest: Mapping[int, Sides] = field(default_factory=dict)  # what the face holds when it does nothing
    manner: str = ""  # see Performance


@dataclass(frozen=True)
class Style:
    """Says how one subject differs from others in all that it acts."""

    gain: float  # of every strength
    gains: Mapping[int, float]  # of single action units
    weak: int  # side that usually moves less: 0 left, 1 right
    habit: int  # unit that moves along now and then

    @classmethod
    def of(cls, seed: int, subject: str) -> Style:
        """Draws the style of a subject (the spreads are our choice)."""
        rng = generator(seed, "style", subject)
        units = sorted(blendshapes.ACTION_UNITS)
        gains = np.exp(rng.normal(0, 0.15, len(units)))
        return cls(
            gain=float(rng.uniform(0.7, 1.15)),
            gains=dict(zip(units, gains.tolist(), strict=True)),
            weak=int(rng.integers(2)),
            habit=int(rng.choice(list(HABITS), p=np.array(list(HABITS.values())) / sum(HABITS.values()))),
        )


#: Unit -> how often it was coded in 3,346 macro-expressions (our counts over CAS(ME)3), those with a shape.
HABITS = {14: 1650, 4: 848, 1: 411, 2: 377, 12: 364, 24: 349, 28: 180, 7: 139, 17: 130, 10: 126, 6: 74, 5: 71, 9: 69}


def both(strength: float) -> Sides:
    """Returns the same strength on both sides."""
    return strength, strength


def show_one_side(rng: np.random.Generator, apex: Mapping[int, Sides], weak: int, share: float) -> dict[int, Sides]:
    """Returns `apex` where, with the probability `share`, one unit is left to one side: three in four to the stronger.

    Units that one side cannot show alone stay as they are.
    """
    luck, pick, side = rng.random(), rng.random(), weak if rng.random() < 0.75 else 1 - weak
    able = sorted(unit for unit in apex if unit in SIDED)
    if not able or luck >= share:
        return dict(apex)
    unit = able[int(pick * len(able))]
    left, right = apex[unit]
    return {**apex, unit: (0.0, right) if side == 0 else (left, 0.0)}


def thin(
    seed: int, subject: str, known: Sequence[str], program: Sequence[tuple[str, ...]] | None, title: str
) -> tuple[Act, ...]:
    """Returns what a subject acts: not everybody acts everything, and some act an expression twice.

    `known` are the labels that `title` can act, and the program where there is none. A given program has each label
    once, so nothing of it is acted twice. Raises UserError on labels that nobody can act.
    """
    wanted = tuple((label,) for label in known) if program is None else tuple(program)
    for labels in wanted:
        if len(labels) != 1 or (labels[0] not in known and labels[0] not in blendshapes.SINGLE):
            said = f"{title} performances know {', '.join(known)} and single action units"
            raise UserError(f"{said}, not {' and '.join(labels)!r}: take another performance or --format")
    rng = generator(seed, "acts", subject)
    stay, again, one = rng.random(len(wanted)) >= _ABSENT, rng.random(len(wanted)) < _TWICE, rng.integers(len(wanted))
    stay[one] |= not stay.any()
    takes = stay * (1 + again * (program is None))
    return tuple(Act(labels, take) for labels, count in zip(wanted, takes, strict=True) for take in range(count))


def single_unit(label: str) -> dict[int, Sides] | None:
    """Returns the unit of a label such as "AU12" at full strength; None for other labels."""
    unit = blendshapes.SINGLE.get(label)
    return None if unit is None else {unit: both(1.0)}


def styled(script: Script, style: Style, rng: np.random.Generator) -> Script:
    """Returns the script with strengths as this subject has them; rests are facts of a face and stay."""

    def change(unit: int, sides: Sides) -> Sides:
        strength = style.gain * style.gains.get(unit, 1.0) * float(rng.uniform(0.85, 1.15))
        left, right = (min(side * strength, 1.0) for side in sides)
        return left, right

    return replace(script, apex={unit: change(unit, sides) for unit, sides in sorted(script.apex.items())})
