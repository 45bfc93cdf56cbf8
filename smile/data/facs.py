"""FACS as plain tables: which shapes an action unit moves, and which action units make an expression.

Action units (AU) are numbered as in Ekman & Friesen, Facial Action Coding System (1978); the expressions
are EMFACS prototypes. How far an action unit moves a shape, and the strengths at the apex, are our choice.
Shapes carry the names of Apple's ARKit as ICT-FaceKit spells them: `_L` and `_R` are the subject's sides.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from smile.arrays import Float64
from smile.errors import unknown

Weights = TypeVar("Weights", float, Float64)


@dataclass(frozen=True)
class Expression:
    """Strength at the apex, 0 to 1, of every action unit: `core` ones define it, `optional` ones may join.

    The head nods down by a draw from `nod` and turns aside, to either side, by one from `turn`.
    """

    core: Mapping[int, float]
    optional: Mapping[int, float] = field(default_factory=dict)
    nod: tuple[float, float] = (0.0, 0.0)  # degrees at the apex
    turn: tuple[float, float] = (0.0, 0.0)  # degrees at the apex


def _both(name: str, weight: float = 1.0) -> dict[str, float]:
    return {f"{name}_{side}": weight for side in "LR"}


#: Action unit -> shape -> weight at full strength.
ACTION_UNITS: dict[int, dict[str, float]] = {
    1: _both("browInnerUp"),
    2: _both("browOuterUp"),
    4: _both("browDown"),
    5: _both("eyeWide"),
    6: _both("cheekSquint"),
    7: _both("eyeSquint"),
    9: _both("noseSneer"),
    10: _both("mouthUpperUp"),
    12: _both("mouthSmile"),
    15: _both("mouthFrown"),
    16: _both("mouthLowerDown"),
    17: {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.3},
    18: {"mouthPucker": 1.0},
    20: _both("mouthStretch"),
    23: _both("mouthPress", 0.6) | {"mouthRollUpper": 0.25, "mouthRollLower": 0.25},
    24: _both("mouthPress"),
    25: {"jawOpen": 0.08} | _both("mouthLowerDown", 0.25) | _both("mouthUpperUp", 0.15),
    26: {"jawOpen": 0.35},
    27: {"jawOpen": 0.9},
    28: {"mouthRollLower": 1.0, "mouthRollUpper": 1.0},
    43: _both("eyeBlink"),
    64: _both("eyeLookDown"),
}

#: Expression -> action units: the words of face.EXPRESSIONS, and what else BP4D evokes. Embarrassment after
#: Keltner (1995), pain after the units of Prkachin & Solomon (2008), nervousness as a fear held back.
EMOTIONS: dict[str, Expression] = {
    "anger": Expression({4: 1.0, 5: 0.4, 7: 0.8, 23: 0.9}, {24: 0.5, 10: 0.4, 17: 0.4, 25: 0.5}),
    "disgust": Expression({9: 0.9, 10: 0.5, 15: 0.4}, {4: 0.4, 16: 0.4, 17: 0.4, 25: 0.5, 6: 0.3, 7: 0.3}),
    "fear": Expression({1: 0.9, 2: 0.7, 4: 0.6, 5: 0.9, 20: 0.8}, {25: 0.7, 26: 0.6, 7: 0.4}),
    "happiness": Expression({12: 0.8, 6: 0.7}, {25: 0.8, 26: 0.3, 7: 0.2}),
    "sadness": Expression({1: 0.9, 4: 0.5, 15: 0.9}, {17: 0.5, 6: 0.3, 64: 0.3, 43: 0.2}),
    "surprise": Expression({1: 0.9, 2: 0.9, 5: 0.8, 26: 1.0}, {27: 0.4, 25: 0.5}),
    "embarrassment": Expression({12: 0.4, 24: 0.5, 64: 0.8}, {17: 0.3, 6: 0.2}, nod=(10, 20), turn=(5, 15)),
    "pain": Expression({4: 0.8, 6: 0.7, 7: 0.7, 9: 0.5, 10: 0.5, 43: 0.5}, {25: 0.6, 26: 0.4, 20: 0.4}),
    "nervousness": Expression({1: 0.4, 2: 0.3, 4: 0.3, 20: 0.3}, {24: 0.4, 28: 0.2}),
}

#: Class of micro-expressions, as 4DME names them -> the sets of action units that may show it, at full strength.
MICRO_CLASSES: dict[str, tuple[tuple[int, ...], ...]] = {
    "Positive": ((12,), (6, 12)),
    "Negative": ((4,), (4, 7), (15,), (9,), (10,), (1, 4)),
    "Surprise": ((1, 2), (1, 2, 5), (5,)),
    "Repression": ((17,), (24,), (12, 15), (15, 17)),
    "Others": ((28,), (18,)),
}

#: Expression -> the one action unit that it is made of.
SINGLE: dict[str, int] = {f"AU{unit}": unit for unit in ACTION_UNITS}

#: Shapes that say nothing about an expression: gaze, speech-like jaw and lip motion.
DISTRACTORS = (
    *(f"eyeLook{way}_{side}" for way in ("In", "Out", "Up", "Down") for side in "LR"),
    *("jawLeft", "jawRight", "mouthLeft", "mouthRight", "mouthPucker"),
)

#: Every shape that a face generator must deliver, in the order of a performance's columns.
SHAPES = tuple(sorted({shape for unit in ACTION_UNITS.values() for shape in unit} | set(DISTRACTORS)))


def recipes(labels: tuple[str, ...]) -> tuple[Expression, ...]:
    """The ways to show these labels at once; several are classes of micro-expressions.

    recipes(("fear",)) is the one way to show fear.
    "AU12" is a single action unit at full strength. Raises UserError on a label that is in no table, and on several
    that cannot be shown at once.
    """
    if len(labels) == 1 and labels[0] in EMOTIONS:
        return (EMOTIONS[labels[0]],)
    if len(labels) == 1 and labels[0] in SINGLE:
        return (Expression({SINGLE[labels[0]]: 1.0}),)
    for label in labels or ("",):
        if label not in MICRO_CLASSES:
            raise unknown("expression", label, [*EMOTIONS, *MICRO_CLASSES, *SINGLE])
    ways = itertools.product(*(MICRO_CLASSES[label] for label in labels))
    return tuple(Expression(dict.fromkeys(itertools.chain(*way), 1.0)) for way in ways)


def shape_weights(strengths: Mapping[int, Weights]) -> dict[str, Weights]:
    """Shape -> weight in [0, 1] from action unit -> strength (numbers, or arrays over time): summed, then cut at 1.

    Raises KeyError on an action unit that is not in ACTION_UNITS.
    """
    sums: dict[str, Weights] = {}
    for unit, strength in strengths.items():
        for shape, weight in ACTION_UNITS[unit].items():
            sums[shape] = sums[shape] + weight * strength if shape in sums else weight * strength
    return {shape: np.minimum(total, 1.0) for shape, total in sums.items()}
