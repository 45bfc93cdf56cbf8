"""Facial motion in words: the sentences of the arms geometry and label.

The arm `geometry` never sees a label: it puts into words how far the landmarks moved from onset to apex,
standardised over the pretraining clips. The prompts of the paper are not public; these are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smile.data.face import Float
from smile.data.landmarks import measure_motion
from smile.errors import UserError, unknown

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

#: Expression -> its prompt, for the arm `label` (weakly supervised).
PROMPTS: dict[str, str] = {
    "anger": "an angry face",
    "disgust": "a disgusted face",
    "fear": "a fearful face",
    "happiness": "a happy face",
    "sadness": "a sad face",
    "surprise": "a surprised face",
}


@dataclass(frozen=True)
class Captioner:
    """Average and spread of each measure over the pretraining clips; turns landmarks into sentences."""

    mean: NDArray[np.float64]  # [M] mm, in the order of PHRASES
    deviation: NDArray[np.float64]  # [M] mm

    def describe(self, landmarks: Float, scheme: str) -> list[str]:
        """One sentence a clip for landmarks [N, 2, L, 3], of what was measured; the empty one where nothing was."""
        scores = (_measures(landmarks, scheme) - self.mean) / self.deviation
        return [_sentence(row) for row in scores]


def fit_captioner(landmarks: Float | None, scheme: str | None) -> Captioner:
    """Learns the average and spread from the pretraining clips' landmarks [N, 2, L, 3].

    Raises UserError where no clip has landmarks: the arm geometry cannot speak of what was not measured.
    """
    values = np.empty((0, len(PHRASES))) if landmarks is None or scheme is None else _measures(landmarks, scheme)
    known = np.isfinite(values)
    if not known.any():
        raise UserError(
            "captions of the arm 'geometry' need landmarks and this data set has none; "
            "add its landmark package, or choose captions.arm=none"
        )
    # A measure that the landmark scheme cannot give is known of no clip; its scores stay NaN and are not put in words.
    clips = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / clips
    variance = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0) / clips
    return Captioner(mean, np.maximum(np.sqrt(variance), 1e-6))


def label_prompts(expressions: Sequence[str]) -> list[str]:
    """The class's prompt for each label: this arm uses labels."""
    return [PROMPTS.get(name, f"a face that shows {name}") for name in expressions]


def write_captions(
    arm: str, landmarks: Float | None, scheme: str | None, expressions: Sequence[str]
) -> list[str] | None:
    """One sentence a clip, as an arm of ARMS writes it; None for the arm without text.

    Raises UserError on an unknown arm, and where `geometry` finds no landmarks.
    """
    if arm not in ARMS:
        raise unknown("captions.arm", arm, ARMS)
    return ARMS[arm](landmarks, scheme, expressions)


def _describe_motion(landmarks: Float | None, scheme: str | None, _expressions: Sequence[str]) -> list[str]:
    captioner = fit_captioner(landmarks, scheme)
    assert landmarks is not None and scheme is not None  # or fit_captioner had raised
    return captioner.describe(landmarks, scheme)


#: Arm -> its sentences; `label` alone looks at labels, and what it trains is weakly supervised.
ARMS: dict[str, Callable[[Float | None, str | None, Sequence[str]], list[str] | None]] = {
    "none": lambda *_: None,
    "geometry": _describe_motion,
    "label": lambda _landmarks, _scheme, expressions: label_prompts(expressions),
}


def _measures(landmarks: Float, scheme: str) -> NDArray[np.float64]:
    motion = measure_motion(landmarks, scheme)
    return np.stack([motion[name] for name in PHRASES], axis=1)


def _sentence(scores: NDArray[np.float64]) -> str:
    if not np.isfinite(scores).any():
        return ""
    said = []
    for (falls, rises), score in zip(PHRASES.values(), scores, strict=True):
        strength = next((word for limit, word in STRENGTHS if abs(score) >= limit), None)
        if strength is not None:
            said.append(strength + (rises if score > 0 else falls))
    return ", ".join(said) if said else "an average movement"
