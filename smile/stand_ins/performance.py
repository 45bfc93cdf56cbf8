"""Defines what a subject does in front of the scanner, and what distracts in every performance.

A performer (see performances/) decides which action units move, and when. Blinks, gaze, slow motion of jaw and lips,
and a drifting head are unrelated to the label. Letters in shapes: F frames, S shapes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from smile.arrays import Float32, Float64
from smile.data.face import EXPRESSIONS, name_labels
from smile.provenance import read_code

Span = tuple[float, float]

#: The six basic expressions, each acted alone.
SIX = tuple((name,) for name in EXPRESSIONS)


@dataclass(frozen=True)
class Difficulty:
    """Says how performances vary; a pair is the range of a uniform draw."""

    seconds: float = 4.0  # length of a performance; the frames are spread over all of it
    levels: tuple[float, ...] = (0.35, 0.55, 0.8, 1.0)  # strength of a clip, one of these (BU-3DFE has four)
    expressiveness: Span = (0.6, 1.2)  # of a subject, multiplies every strength
    strength: Span = (0.5, 1.2)  # of one action unit in one clip, multiplies its table value
    optional: float = 0.5  # probability that an optional action unit takes part
    dropout: float = 0.1  # probability that a core action unit is absent; at least one is present
    asymmetry: float = 0.25  # largest weakening of one side of an action unit
    start: Span = (0.2, 0.6)  # seconds before the onset
    onset: Span = (0.3, 0.8)  # seconds from neutral to apex
    apex: Span = (0.5, 1.5)  # seconds that the apex is held
    offset: Span = (0.4, 0.9)  # seconds from apex to neutral
    lag: float = 0.12  # largest delay of one side of an action unit, in seconds
    blinks: int = 2  # largest number of blinks in a clip
    gaze: float = 0.35  # largest weight of a look aside
    speech: float = 0.12  # largest weight of slow jaw and lip motion
    turn: float = 10.0  # largest yaw, pitch and roll of the head, degrees
    shift: float = 8.0  # largest translation of the head along each axis, mm
    stills: bool = False  # for single scans: from rest to the apex (the textbook always begins and ends at rest)


#: Micro-expressions as in 4DME: they last a fifth to half of a second, and are far weaker than posed expressions.
MICRO = Difficulty(
    seconds=1.0,
    levels=(0.1, 0.2, 0.3),
    expressiveness=(0.85, 1.0),
    strength=(0.8, 1.0),
    dropout=0.0,
    start=(0.15, 0.35),
    onset=(0.05, 0.15),
    apex=(0.02, 0.12),
    offset=(0.06, 0.18),
    lag=0.02,
    blinks=1,
    gaze=0.1,
    speech=0.02,
    turn=3.0,
    shift=2.0,
)


@dataclass(frozen=True)
class Performance:
    """Holds one acted expression: everything that moves, frame by frame; U action units."""

    units: tuple[str, ...]  # [U] action units that take part, by number: "12", or "L12" where one side acts alone
    strengths: Float32  # [F, U] mean of both sides, without distractors such as blinks
    weights: Float32  # [F, S] in [0, 1], columns in the order of blendshapes.SHAPES
    rotations: Float32  # [F, 3, 3] head pose: a column vector p of the face becomes R p + t
    translations: Float32  # [F, 3] mm
    level: float  # strength of the clip as a share of the full one
    apex: int  # the frame that shows most of it
    seconds: float  # length; the frames are spread over all of it
    manner: str = ""  # whose way to act it is, e.g. a theory; "" where everybody acts alike


@dataclass(frozen=True)
class Act:
    """Says what one clip shows, and which of a subject's clips with these labels it is."""

    labels: tuple[str, ...]
    take: int = 0

    @property
    def name(self) -> str:
        """The part of the clip's id after the subject: "anger", or "anger 2" for the second take."""
        return name_labels(self.labels) + (f" {self.take + 1}" if self.take else "")


class Performer(Protocol):
    """Identifies a source of performances; it is small, hashable and picklable, as a ModelSource is."""

    def __hash__(self) -> int: ...

    @property
    def name(self) -> str:
        """Key of PERFORMANCES."""
        ...

    def choose(self, seed: int, subject: str, program: Sequence[tuple[str, ...]] | None) -> tuple[Act, ...]:
        """Returns what this subject acts of the labels in `program`, or of its own accord where there is none.

        Raises UserError on labels that nobody here can act.
        """
        ...

    def perform(self, seed: int, subject: str, act: Act, frames: int, difficulty: Difficulty) -> Performance:
        """Returns the performance in `frames` samples; UserError on fewer than two."""
        ...

    def content_key(self) -> str:
        """Returns a key for the content of what it reads, and for its program."""
        ...


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Returns a random generator for this combination of seed and names, the same in every process."""
    digest = hashlib.sha256(repr((seed, *names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def wander(rng: np.random.Generator, times: Float64, seconds: float, count: int) -> Float64:
    """Returns independent slow curves [F, count] in [-1, 1]: smooth steps between values drawn once per second."""
    knots = rng.uniform(-1, 1, (round(seconds) + 2, count))
    position = times / seconds * (len(knots) - 1)
    before = np.minimum(position.astype(np.int64), len(knots) - 2)
    share = smooth_step(position - before)[:, None]
    return np.asarray(knots[before] * (1 - share) + knots[before + 1] * share)


def smooth_step(x: Float64) -> Float64:
    """Returns 0 below 0, 1 above 1, and a smooth rise between."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def join_sides(left: Mapping[str, Float64], right: Mapping[str, Float64]) -> dict[str, Float64]:
    """Returns shape -> curve: of its own side for a shape with a side, the mean of both for a shape without."""
    share = {"_L": 1.0, "_R": 0.0}
    return {s: share.get(s[-2:], 0.5) * left[s] + (1 - share.get(s[-2:], 0.5)) * right[s] for s in left}


def distract(rng: np.random.Generator, times: Float64, ranges: Difficulty) -> dict[str, Float64]:
    """Returns shape -> weight over time of blinks, gaze, and slow motion of jaw and lips."""
    blink = np.zeros(len(times))
    for _ in range(int(rng.integers(ranges.blinks + 1))):
        centre, half = rng.uniform(0, ranges.seconds), rng.uniform(0.08, 0.15)
        blink = np.maximum(blink, smooth_step(1 - np.abs(times - centre) / half))
    gaze, speech = wander(rng, times, ranges.seconds, 2), wander(rng, times, ranges.seconds, 4)
    left, up = np.clip(gaze.T * ranges.gaze, -1, 1)
    jaw, aside, sideways, pucker = speech.T * ranges.speech
    signed = {
        ("eyeLookOut_L", "eyeLookIn_L"): left,
        ("eyeLookIn_R", "eyeLookOut_R"): left,
        ("eyeLookUp_L", "eyeLookDown_L"): up,
        ("eyeLookUp_R", "eyeLookDown_R"): up,
        ("jawLeft", "jawRight"): sideways,
        ("mouthLeft", "mouthRight"): aside,
        ("jawOpen", "mouthPucker"): jaw,
    }
    curves = {names[way]: np.maximum(curve * (1, -1)[way], 0) for names, curve in signed.items() for way in (0, 1)}
    curves["mouthPucker"] = curves["mouthPucker"] + np.maximum(pucker, 0)
    return curves | {"eyeBlink_L": blink, "eyeBlink_R": blink}


@lru_cache
def digest_program(*files: str) -> str:
    """Returns a digest of the code of modules, so that scans from other versions of the formulas have another key.

    Comments and docstrings do not count.
    """
    return hashlib.sha256(b"".join(read_code(Path(file)) for file in files)).hexdigest()
