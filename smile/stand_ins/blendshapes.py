"""Lists which shapes of a face model each action unit moves, and which action units show a label.

Shapes have the names of Apple's ARKit in the spelling of ICT-FaceKit: `_L` and `_R` are the subject's sides. How far
an action unit moves a shape is our choice.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from smile.arrays import Float64
from smile.data.facs import EMOTIONS, MICRO_CLASSES, Expression
from smile.errors import unknown

Weights = TypeVar("Weights", float, Float64)


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
    11: _both("noseSneer", 0.3) | _both("cheekSquint", 0.2),
    12: _both("mouthSmile"),
    13: _both("mouthSmile", 0.6) | _both("cheekPuff", 0.2),
    14: _both("mouthDimple"),
    15: _both("mouthFrown"),
    16: _both("mouthLowerDown"),
    17: {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.3},
    18: {"mouthPucker": 1.0},
    20: _both("mouthStretch"),
    22: {"mouthFunnel": 1.0},
    23: _both("mouthPress", 0.6) | {"mouthRollUpper": 0.25, "mouthRollLower": 0.25},
    24: _both("mouthPress"),
    25: {"jawOpen": 0.08} | _both("mouthLowerDown", 0.25) | _both("mouthUpperUp", 0.15),
    26: {"jawOpen": 0.35},
    27: {"jawOpen": 0.9},
    28: {"mouthRollLower": 1.0, "mouthRollUpper": 1.0},
    34: _both("cheekPuff"),
    43: _both("eyeBlink"),
    64: _both("eyeLookDown"),
}

#: Action units of the head -> yaw, pitch and roll in degrees, and mm towards the viewer, at full strength.
HEAD_UNITS: dict[int, tuple[float, float, float, float]] = {
    51: (20, 0, 0, 0),  # turned to the subject's left
    52: (-20, 0, 0, 0),
    53: (0, -15, 0, 0),  # up
    54: (0, 15, 0, 0),
    55: (0, 0, -15, 0),  # tilted to the subject's left
    56: (0, 0, 15, 0),
    57: (0, 0, 0, 25),  # forward
    58: (0, 0, 0, -25),
}

#: Action units that annotators code, and that move no shape: tongue, jaw thrust, neck, nostrils.
STILL_UNITS = (19, 21, 29, 38, 39)

#: Label -> the one action unit that it consists of, e.g. "AU12" -> 12.
SINGLE: dict[str, int] = {f"AU{unit}": unit for unit in ACTION_UNITS}

#: Shapes that say nothing about an expression: gaze, and motion of jaw and lips as in speech.
DISTRACTORS = (
    *(f"eyeLook{way}_{side}" for way in ("In", "Out", "Up", "Down") for side in "LR"),
    *("jawLeft", "jawRight", "mouthLeft", "mouthRight", "mouthPucker"),
)

#: Every shape that a face model must provide, in the order of the columns of a performance.
SHAPES = tuple(sorted({shape for unit in ACTION_UNITS.values() for shape in unit} | set(DISTRACTORS)))


def recipes(labels: tuple[str, ...]) -> tuple[Expression, ...]:
    """Returns the ways to show these labels together; only classes of micro-expressions can be combined.

    Examples: recipes(("fear",)) is the one way to show fear; recipes(("AU12",)) is action unit 12 at full strength.
    Raises UserError on an unknown label, and on several labels that cannot be combined.
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
    """Returns shape -> weight in [0, 1] from action unit -> strength, which is a number or an array over time.

    Weights of one shape are added, then limited to 1. Raises KeyError on an action unit that is not in ACTION_UNITS.
    """
    sums: dict[str, Weights] = {}
    for unit, strength in strengths.items():
        for shape, weight in ACTION_UNITS[unit].items():
            sums[shape] = sums[shape] + weight * strength if shape in sums else weight * strength
    return {shape: np.minimum(total, 1.0) for shape, total in sums.items()}
