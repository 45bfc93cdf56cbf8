"""Acts by the book: every subject shows the recipe of an expression, from neutral over the apex back to neutral.

Subjects differ in expressiveness. Action units come late, asymmetrically or not at all. Letters in shapes: F frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from smile.arrays import Float64
from smile.data import facs
from smile.data.face import name_labels
from smile.errors import UserError
from smile.stand_ins import blendshapes
from smile.stand_ins.performance import (
    SIX,
    Act,
    Difficulty,
    Performance,
    digest_program,
    distract,
    generator,
    join_sides,
    smooth_step,
    wander,
)


@dataclass(frozen=True)
class Textbook:
    """Is the only performer by the book."""

    name: str = "textbook"

    def choose(self, _seed: int, _subject: str, program: Sequence[tuple[str, ...]] | None) -> tuple[Act, ...]:
        """Returns all of the program, once each; the six basic expressions without a program."""
        return tuple(Act(labels) for labels in (SIX if program is None else program))

    def perform(self, seed: int, subject: str, act: Act, frames: int, difficulty: Difficulty) -> Performance:
        """Returns `perform` of the labels."""
        return perform(seed, subject, act.labels, frames, difficulty)

    def content_key(self) -> str:
        """Returns a key for the program: nothing is read."""
        return digest_program(__file__)


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
    units = sorted(strengths)
    curves = np.stack([(left[unit] + right[unit]) / 2 for unit in units], axis=1)
    weights = join_sides(blendshapes.shape_weights(left), blendshapes.shape_weights(right))
    distractions = distract(rng, times, ranges)
    columns = [np.clip(weights.get(s, 0.0) + distractions.get(s, np.zeros(frames)), 0, 1) for s in blendshapes.SHAPES]
    angles = wander(rng, times, ranges.seconds, 3) * ranges.turn
    shifts = wander(rng, times, ranges.seconds, 3) * ranges.shift
    angles += _bow(rng, recipe, curves.sum(axis=1))
    return Performance(
        units=tuple(map(str, units)),
        strengths=curves.astype(np.float32),
        weights=np.stack(columns, axis=1).astype(np.float32),
        rotations=Rotation.from_euler("YXZ", angles, degrees=True).as_matrix().astype(np.float32),
        translations=shifts.astype(np.float32),
        level=level,
        apex=int(curves.sum(axis=1).argmax()),
        seconds=ranges.seconds,
    )


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
            rise = smooth_step((times - begin) / onset)
            fall = smooth_step((times - begin - onset - apex) / offset)
            loss = rng.uniform(0, ranges.asymmetry) * (number == weaker)
            side[unit] = strength * (1 - loss) * (rise - fall)
    return sides


def _bow(rng: np.random.Generator, recipe: facs.Expression, activity: Float64) -> Float64:
    """Returns yaw, pitch and roll [F, 3] in degrees that belong to the expression, in time with its action units."""
    side = (-1, 1)[int(rng.integers(2))]
    apex = np.array([side * rng.uniform(*recipe.turn), rng.uniform(*recipe.nod), 0.0])
    return np.asarray(activity[:, None] / max(activity.max(), 1e-9) * apex)
