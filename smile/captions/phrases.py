"""Measurements of a face put into words, by how far they lie from the average."""

from __future__ import annotations

import numpy as np

from smile.arrays import Float64
from smile.data.landmarks import MEASURES

#: Measure -> (words where it fell, words where it rose) against the average clip.
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

#: Standard deviations from the average clip at which a movement is named, and how.
STRENGTHS: tuple[tuple[float, str], ...] = ((1.5, "strongly "), (0.5, ""))

#: What is said where all was measured and nothing stands out.
AVERAGE = "an average movement"


def say(scores: Float64) -> str:
    """The sentence of scores [M], standard deviations from the average in the order of MEASURES.

    What was not measured (NaN) is not mentioned; where nothing was, the sentence is empty.
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
