"""Finds the course of a clip: how far each frame is from rest (0) to apex (1), from geometry alone.

Letters in shapes: T frames, C candidates, H and W pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from smile.arrays import Bool, Float32, Float64
from smile.rendering.motion.moments import MOST_DEPTH_CHANGE, find_moments, share_kept
from smile.rendering.motion.regression import subtract_mean, take_out

#: With fewer frames, or with landmarks in fewer frames, there is nothing to choose.
FEWEST = 5
#: A candidate's weight is exp(_TRUST * energy / largest energy). So neither the best candidate alone decides, which may
#: be a distracting motion, nor do all count the same (docs/log.md).
_TRUST = 5.0
#: Candidates as fractions of the clip: start of the rise, its length, how long the apex is held, length of the fall.
_STARTS, _RISES = np.arange(0.025, 0.4, 0.05), (0.1, 0.2)
_HOLDS, _FALLS = np.arange(0.1, 0.5, 0.1), (0.1, 0.2)
_OVER = 1.05  # latest end of the fall
#: The same for candidates without a fall: they may start later and rise more slowly.
_LATE_STARTS, _LONG_RISES = np.arange(0, 0.8, 0.05), (0.1, 0.2, 0.4)
_NEVER = 9.0
#: The same for what follows the apex, where onset and apex are annotated.
_HOLDS_AFTER, _FALLS_AFTER = (0.0, 0.05, 0.1, 0.2, 0.3), (0.05, 0.1, 0.2)
#: A face that keeps a smaller fraction of its change than _BACK after the apex returns to rest; a face that keeps more
#: than _STAYS does not return. In between, both kinds of candidates are used.
_BACK, _STAYS = 0.8, 0.95


@dataclass(frozen=True)
class Course:
    """Holds the curve along which the change of pixels and landmarks is measured."""

    values: Float64  # [T] from 0 at rest to 1 at the apex; all 0 for a single frame
    drifts: bool  # whether slow drift is separated: only if the face returns, or drift would look like a rise


def find_course(depth: Float32, mask: Bool, onset: int | None = None, apex: int | None = None) -> Course:
    """Finds the course of a clip with depth [T, H, W] in mm; `onset` and `apex` are given where annotated.

    The course is an average of ramps up and down, weighted by the energy of the depth's motion along each ramp, never
    by labels. It is 0 up to an annotated onset, 1 at an annotated apex, and a straight line between the two. With fewer
    than FEWEST frames, it is a line from onset to apex, then a line to the end if the face returns to rest.
    """
    count = len(depth)
    kept = share_kept(depth, mask, onset, apex)
    few = count < FEWEST
    if few:
        onset, apex = find_moments(depth, mask, onset, apex)
        knots = np.array([[onset, apex, apex, count - 1 if kept < _BACK else _NEVER * count]]) / count
    elif onset is not None and apex is not None:
        knots = _follow(onset / count, apex / count)
    else:
        knots = _list_knots(kept)
    candidates = _sample(_obey(knots, count, onset, apex), count)
    drifts = kept < _BACK and not few
    weights = np.exp(_TRUST * (_explain(take_out(candidates, drifts), depth, mask) - 1))
    return Course(_stretch((weights[:, None] * candidates).sum(axis=0)), drifts)


def _follow(onset: float, apex: float) -> Float64:
    """Returns knots [C, 4] with the same rise, and each possible continuation: a fall, or none."""
    falls = [(onset, apex, apex + hold, apex + hold + fall) for hold, fall in product(_HOLDS_AFTER, _FALLS_AFTER)]
    return np.array([*falls, (onset, apex, _NEVER, _NEVER + 1)])


def _list_knots(kept: float) -> Float64:
    """Returns knots [C, 4] of candidates: start and end of the rise, start and end of the fall, as fractions."""
    falling = np.cumsum(list(product(_STARTS, _RISES, _HOLDS, _FALLS)), axis=1)
    falling = falling[falling[:, 3] <= _OVER]
    staying = np.array(
        [(start, start + rise, _NEVER, _NEVER + 1) for start, rise in product(_LATE_STARTS, _LONG_RISES)]
    )
    if kept < _BACK:
        return falling
    return staying if kept > _STAYS else np.concatenate([falling, staying])


def _obey(knots: Float64, count: int, onset: int | None, apex: int | None) -> Float64:
    """Moves the candidates so that they are at rest up to the onset and at full height at the apex."""
    knots = knots.copy()
    first = -_NEVER if onset is None else onset / count
    knots += np.maximum(first - knots[:, :1], 0)
    if apex is not None:
        top = apex / count
        knots -= np.maximum(knots[:, 1:2] - top, 0)
        knots[:, 2:] += np.maximum(top - knots[:, 2:3], 0)
        # If onset and apex are the same frame, the frame before is at rest.
        knots[:, 0] = np.minimum(knots[:, 0], top - 1 / count)
    return knots


def _sample(knots: Float64, count: int) -> Float64:
    """Returns heights [C, T] of the candidates in every frame, without duplicates."""
    times = np.arange(count) / count
    begin, top, leave, end = knots.T[..., None]
    heights = np.clip((times - begin) / (top - begin), 0, 1) - np.clip((times - leave) / (end - leave), 0, 1)
    return np.unique(heights, axis=0)


def _explain(curves: Float64, depth: Float32, mask: Bool) -> Float64:
    """Returns the energy [C] of the depth along each curve [C, T], as a fraction of the largest."""
    shown = 2 * mask.sum(axis=0) >= len(mask)
    moved = subtract_mean(depth[:, shown], mask[:, shown], MOST_DEPTH_CHANGE).astype(np.float64)
    products = np.einsum("tp,sp->ts", moved, moved)
    lengths = np.maximum((curves**2).sum(axis=1), 1e-6)
    energy = (np.einsum("ct,ts->cs", curves, products) * curves).sum(axis=1) / lengths
    return np.asarray(energy / max(energy.max(), 1e-12))


def _stretch(curve: Float64) -> Float64:
    return np.asarray((curve - curve.min()) / max(np.ptp(curve), 1e-12))
