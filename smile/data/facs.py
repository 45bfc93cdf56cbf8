"""Lists which action units make an expression, after the Facial Action Coding System (FACS).

Numbers of action units (AU) are those of Ekman & Friesen, Facial Action Coding System (1978). The expressions are
EMFACS prototypes; their strengths at the apex are our choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Expression:
    """Maps action units to strengths at the apex, 0 to 1: `core` units define the expression, `optional` ones may join.

    The head nods down by an angle drawn from `nod`, and turns to either side by an angle drawn from `turn`.
    """

    core: Mapping[int, float]
    optional: Mapping[int, float] = field(default_factory=dict)
    nod: tuple[float, float] = (0.0, 0.0)  # degrees at the apex
    turn: tuple[float, float] = (0.0, 0.0)  # degrees at the apex


#: Expression -> action units: the words of face.EXPRESSIONS, and other emotions that BP4D evokes. Embarrassment follows
#: Keltner (1995); pain follows the units of Prkachin & Solomon (2008). Nervousness is our choice: a fear held back.
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

#: Class of micro-expressions in 4DME -> sets of action units that may show this class, each at full strength.
MICRO_CLASSES: dict[str, tuple[tuple[int, ...], ...]] = {
    "Positive": ((12,), (6, 12)),
    "Negative": ((4,), (4, 7), (15,), (9,), (10,), (1, 4)),
    "Surprise": ((1, 2), (1, 2, 5), (5,)),
    "Repression": ((17,), (24,), (12, 15), (15, 17)),
    "Others": ((28,), (18,)),
}
