"""Turns measurements of a face into words: a measure that lies far from the average is mentioned."""

from __future__ import annotations

import numpy as np

from smile.arrays import Float64
from smile.data.landmarks import MEASURES

#: Measure -> (words for less than in the average clip, words for more).
PHRASES: dict[str, tuple[str, str]] = {
    "inner brow height": ("inner brows lowered", "inner brows raised"),
    "outer brow height": ("outer brows lowered", "outer brows raised"),
    "brow distance": ("brows drawn together", "brows apart"),
    "eye opening": ("eyes narrowed", "eyes wide"),
    "nose wing height": ("nose lowered", "nose wrinkled"),
    "upper lip height": ("upper lip lowered", "upper lip raised"),
    "mouth opening": ("mouth closed", "mouth open"),
    "mouth width": ("mouth narrow", "mouth stretched"),
    "lip corner height": ("lip corners down", "lip corners up"),
    "lip corner depth": ("lip corners pulled back", "lip corners forward"),
    "lip thickness": ("lips pressed", "lips full"),
    "chin height": ("jaw dropped", "chin raised"),
}

#: (standard deviations from the average clip, word): from this distance on, a movement is mentioned with this word.
STRENGTHS: tuple[tuple[float, str], ...] = ((1.5, "strongly "), (0.5, ""))

#: The sentence of a face that was measured and in which nothing stands out.
AVERAGE = "an average movement"


def say(scores: Float64) -> str:
    """Returns the sentence for scores [M], which are standard deviations from the average in the order of MEASURES.

    Example: 1.6 for "inner brow height" and 0.7 for "mouth opening", all others 0, gives "strongly inner brows raised,
    mouth open". Does not mention a measure that is NaN; the sentence is empty where all are NaN.
    """
    if not np.isfinite(scores).any():
        return ""
    said = []
    for name, score in zip(MEASURES, scores, strict=True):
        strength = next((word for limit, word in STRENGTHS if abs(score) >= limit), None)
        if strength is not None:
            falls, rises = PHRASES[name]
            said.append(strength + (rises if score > 0 else falls))
    return ", ".join(said) if said else AVERAGE
