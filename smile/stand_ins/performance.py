"""Generates what a subject does in front of the scanner: shape weights and head pose in every frame.

A performance goes from neutral over onset, apex and offset back to neutral. It is as difficult as recordings are.
Subjects differ in expressiveness. Action units come late, asymmetrically or not at all. Blinks, gaze, slow motion of
jaw and lips, and a drifting head are unrelated to the label. Letters in shapes: F frames, S shapes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from smile.arrays import Float32, Float64
from smile.data import facs
from smile.data.face import name_labels
from smile.errors import UserError
from smile.stand_ins import blendshapes

Span = tuple[float, float]


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

    units: tuple[int, ...]  # [U] action units that take part, increasing
    strengths: Float32  # [F, U] mean of both sides, without distractors such as blinks
    weights: Float32  # [F, S] in [0, 1], columns in the order of blendshapes.SHAPES
    rotations: Float32  # [F, 3, 3] head pose: a column vector p of the face becomes R p + t
    translations: Float32  # [F, 3] mm
    level: float  # strength that was drawn for the clip, one of Difficulty.levels


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Returns a random generator for this combination of seed and names, the same in every process."""
    digest = hashlib.sha256(repr((seed, *names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def perform(
    seed: int, subject: str, labels: tuple[str, ...], frames: int, difficulty: Difficulty | None = None
) -> Performance:
    """Generates the performance of `labels`, e.g. ("fear",), by `subject`, in `frames` samples (2 or more).

    Raises UserError on an unknown label, and on fewer than two frames.
    """
    ways = blendshapes.recipes(labels)
    if frames < 2:
        raise UserError(f"a performance of {frames} frame(s) cannot move; ask for 2 or more")
    ranges = difficulty or Difficulty()
    rng = generator(seed, "performance", subject, name_labels(labels))
    times: Float64 = np.arange(frames, dtype=np.float64) * ranges.seconds / frames
    level = float(rng.choice(ranges.levels))
    expressiveness = generator(seed, "expressiveness", subject).uniform(*ranges.expressiveness)
    recipe = ways[int(rng.integers(len(ways)))] if len(ways) > 1 else ways[0]
    strengths = _draw_strengths(rng, recipe, ranges)
    left, right = _act(rng, times, {unit: level * expressiveness * s for unit, s in strengths.items()}, ranges)
    units = tuple(sorted(strengths))
    curves = np.stack([(left[unit] + right[unit]) / 2 for unit in units], axis=1)
    weights = _sides(blendshapes.shape_weights(left), blendshapes.shape_weights(right))
    distractions = _distract(rng, times, ranges)
    columns = [np.clip(weights.get(s, 0.0) + distractions.get(s, np.zeros(frames)), 0, 1) for s in blendshapes.SHAPES]
    angles = wander(rng, times, ranges.seconds, 3) * ranges.turn
    shifts = wander(rng, times, ranges.seconds, 3) * ranges.shift
    angles += _bow(rng, recipe, curves.sum(axis=1))
    return Performance(
        units=units,
        strengths=curves.astype(np.float32),
        weights=np.stack(columns, axis=1).astype(np.float32),
        rotations=Rotation.from_euler("YXZ", angles, degrees=True).as_matrix().astype(np.float32),
        translations=shifts.astype(np.float32),
        level=level,
    )


def wander(rng: np.random.Generator, times: Float64, seconds: float, count: int) -> Float64:
    """Returns independent slow curves [F, count] in [-1, 1]: smooth steps between values drawn once per second."""
    knots = rng.uniform(-1, 1, (round(seconds) + 2, count))
    position = times / seconds * (len(knots) - 1)
    before = np.minimum(position.astype(np.int64), len(knots) - 2)
    share = _smoothstep(position - before)[:, None]
    return np.asarray(knots[before] * (1 - share) + knots[before + 1] * share)


def _smoothstep(x: Float64) -> Float64:
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def _draw_strengths(rng: np.random.Generator, recipe: facs.Expression, ranges: Difficulty) -> dict[int, float]:
    """Draws which action units take part in this clip, and how strongly."""
    core = list(recipe.core)
    kept = [unit for unit, luck in zip(core, rng.random(len(core)), strict=True) if luck >= ranges.dropout]
    kept = kept or [core[int(rng.integers(len(core)))]]
    joined = [
        u for u, luck in zip(recipe.optional, rng.random(len(recipe.optional)), strict=True) if luck < ranges.optional
    ]
    table = {**recipe.optional, **recipe.core}
    return {unit: table[unit] * float(rng.uniform(*ranges.strength)) for unit in kept + joined}


def _act(
    rng: np.random.Generator, times: Float64, strengths: Mapping[int, float], ranges: Difficulty
) -> tuple[dict[int, Float64], dict[int, Float64]]:
    """Returns the strength of every action unit over time, on the subject's left and right side."""
    start, onset, apex, offset = (rng.uniform(*r) for r in (ranges.start, ranges.onset, ranges.apex, ranges.offset))
    sides: tuple[dict[int, Float64], dict[int, Float64]] = ({}, {})
    for unit, strength in strengths.items():
        weaker = int(rng.integers(2))
        for number, side in enumerate(sides):
            begin = start + rng.uniform(0, ranges.lag)
            rise = _smoothstep((times - begin) / onset)
            fall = _smoothstep((times - begin - onset - apex) / offset)
            loss = rng.uniform(0, ranges.asymmetry) * (number == weaker)
            side[unit] = strength * (1 - loss) * (rise - fall)
    return sides


def _bow(rng: np.random.Generator, recipe: facs.Expression, activity: Float64) -> Float64:
    """Returns yaw, pitch and roll [F, 3] in degrees that belong to the expression, in time with its action units."""
    side = (-1, 1)[int(rng.integers(2))]
    apex = np.array([side * rng.uniform(*recipe.turn), rng.uniform(*recipe.nod), 0.0])
    return np.asarray(activity[:, None] / max(activity.max(), 1e-9) * apex)


def _sides(left: Mapping[str, Float64], right: Mapping[str, Float64]) -> dict[str, Float64]:
    """Takes the left curve for a left shape, the right curve for a right shape, their mean for a shape without side."""
    share = {"_L": 1.0, "_R": 0.0}
    return {s: share.get(s[-2:], 0.5) * left[s] + (1 - share.get(s[-2:], 0.5)) * right[s] for s in left}


def _distract(rng: np.random.Generator, times: Float64, ranges: Difficulty) -> dict[str, Float64]:
    """Returns shape -> weight over time of blinks, gaze, and slow motion of jaw and lips."""
    blink = np.zeros(len(times))
    for _ in range(int(rng.integers(ranges.blinks + 1))):
        centre, half = rng.uniform(0, ranges.seconds), rng.uniform(0.08, 0.15)
        blink = np.maximum(blink, _smoothstep(1 - np.abs(times - centre) / half))
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
