"""Says how action units change the measurements of a face: the link from FACS to the words of landmark motion.

The signs follow the appearance changes of Ekman & Friesen, Facial Action Coding System (1978). The strengths are our
choice. No data and no labels went into them.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from smile.arrays import Float64
from smile.data.facs import EMOTIONS, Expression
from smile.data.landmarks import MEASURES

#: Action unit -> measurement -> how far full strength moves it; 1 is a plain movement of this measurement.
MOVES: dict[int, dict[str, float]] = {
    1: {"inner brow height": 1.0},
    2: {"outer brow height": 1.0},
    4: {"inner brow height": -0.8, "outer brow height": -0.5, "brow distance": -1.0},
    5: {"eye opening": 1.0},
    6: {"eye opening": -0.5},
    7: {"eye opening": -0.8},
    9: {"nose wing height": 1.0, "upper lip height": 0.6, "inner brow height": -0.5, "eye opening": -0.4},
    10: {"upper lip height": 1.0, "nose wing height": 0.4},
    12: {"mouth width": 1.0, "lip corner height": 1.0, "lip corner depth": -0.8},
    14: {"mouth width": 0.4, "lip corner depth": -0.4},
    15: {"lip corner height": -1.0},
    16: {"mouth opening": 0.4},
    17: {"chin height": 0.7, "lip corner height": -0.3},
    20: {"mouth width": 0.9, "lip corner depth": -0.6, "lip corner height": -0.2},
    23: {"lip thickness": -0.8, "mouth width": -0.3},
    24: {"lip thickness": -1.0},
    25: {"mouth opening": 0.5},
    26: {"mouth opening": 1.0, "chin height": -1.0},
    27: {"mouth opening": 1.5, "chin height": -1.5},
    43: {"eye opening": -1.0},
}


def expect_motion(expression: Expression) -> Float64:
    """Returns [M], how far an expression moves each of MEASURES: the sum over its core action units, by strength."""
    total = np.zeros(len(MEASURES))
    for unit, strength in expression.core.items():
        for name, move in MOVES.get(unit, {}).items():
            total[MEASURES.index(name)] += strength * move
    return total


def expect_score(expression: Expression) -> Float64:
    """Returns `expect_motion` [M] in standard deviations from the average basic expression, the unit of captions."""
    mean, deviation = _average()
    return (expect_motion(expression) - mean) / deviation


@cache
def _average() -> tuple[Float64, Float64]:
    motions = np.stack([expect_motion(expression) for expression in EMOTIONS.values()])
    return motions.mean(axis=0), motions.std(axis=0)
