"""The course of a clip's movement: how far each frame is from rest (0) to apex (1), from the geometry alone.

Letters in shapes: T frames, C candidates, H and W pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from smile.arrays import Bool, Float32, Float64
from smile.rendering.motion.moments import MOST_DEPTH_CHANGE, find_moments, share_kept
from smile.rendering.motion.regression import subtract_mean, take_out

#: Of fewer frames, or landmarks in fewer of them, there is nothing to choose from.
FEWEST = 5
#: Candidates count by exp of this many times their energy as a share of the largest: neither the best alone, which
#: distractors may be, nor all alike (docs/log.md).
_TRUST = 5.0
#: Candidates, as shares of the clip: where the rise starts and how long it takes, how long the apex is held, the fall.
_STARTS, _RISES = np.arange(0.025, 0.4, 0.05), (0.1, 0.2)
_HOLDS, _FALLS = np.arange(0.1, 0.5, 0.1), (0.1, 0.2)
_OVER = 1.05  # where the fall is over at the latest
#: The same of those that do not fall: they may start later and rise longer.
_LATE_STARTS, _LONG_RISES = np.arange(0, 0.8, 0.05), (0.1, 0.2, 0.4)
_NEVER = 9.0
#: And of what follows where annotators named onset and apex.
_HOLDS_AFTER, _FALLS_AFTER = (0.0, 0.05, 0.1, 0.2, 0.3), (0.05, 0.1, 0.2)
#: A face that keeps less of its change than the first after the apex goes back to rest, one that keeps more than the
#: second does not; in between it may.
_BACK, _STAYS = 0.8, 0.95


@dataclass(frozen=True)
class Course:
    """What a pixel's, or a landmark's, change over the frames is measured along."""

    values: Float64  # [T] from 0 at rest to 1 at the apex; all 0 where there is one frame
    drifts: bool  # whether slow drift is told from it: where the face goes back to rest, or drift would be a rise


def find_course(depth: Float32, mask: Bool, onset: int | None = None, apex: int | None = None) -> Course:
    """The course of a clip with depth [T, H, W] in mm; onset and apex are given where annotators saw them.

    An average of ramps up and down, weighted by the energy of the depth's movement along them: never of labels. It is
    0 up to an annotated onset and 1 at an annotated apex, and a straight line between them. Of fewer than FEWEST frames
    it is the line from onset to apex, and from there to the end where the face goes back.
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
    """[C, 4] the same rise for all, and what may follow it: a fall, or none."""
    falls = [(onset, apex, apex + hold, apex + hold + fall) for hold, fall in product(_HOLDS_AFTER, _FALLS_AFTER)]
    return np.array([*falls, (onset, apex, _NEVER, _NEVER + 1)])


def _list_knots(kept: float) -> Float64:
    """[C, 4] where each candidate's rise begins and ends and its fall begins and ends, as shares of the clip."""
    falling = np.cumsum(list(product(_STARTS, _RISES, _HOLDS, _FALLS)), axis=1)
    falling = falling[falling[:, 3] <= _OVER]
    staying = np.array(
        [(start, start + rise, _NEVER, _NEVER + 1) for start, rise in product(_LATE_STARTS, _LONG_RISES)]
    )
    if kept < _BACK:
        return falling
    return staying if kept > _STAYS else np.concatenate([falling, staying])


def _obey(knots: Float64, count: int, onset: int | None, apex: int | None) -> Float64:
    """The candidates, moved so that they are at rest up to the onset and at full height at the apex."""
    knots = knots.copy()
    first = -_NEVER if onset is None else onset / count
    knots += np.maximum(first - knots[:, :1], 0)
    if apex is not None:
        top = apex / count
        knots -= np.maximum(knots[:, 1:2] - top, 0)
        knots[:, 2:] += np.maximum(top - knots[:, 2:3], 0)
        # Where both are the same frame the one before is at rest.
        knots[:, 0] = np.minimum(knots[:, 0], top - 1 / count)
    return knots


def _sample(knots: Float64, count: int) -> Float64:
    """[C, T] heights of the candidates in every frame, each different one once."""
    times = np.arange(count) / count
    begin, top, leave, end = knots.T[..., None]
    heights = np.clip((times - begin) / (top - begin), 0, 1) - np.clip((times - leave) / (end - leave), 0, 1)
    return np.unique(heights, axis=0)


def _explain(curves: Float64, depth: Float32, mask: Bool) -> Float64:
    """[C] energy of the depth along each curve [C, T], as a share of the largest."""
    shown = 2 * mask.sum(axis=0) >= len(mask)
    moved = subtract_mean(depth[:, shown], mask[:, shown], MOST_DEPTH_CHANGE).astype(np.float64)
    products = np.einsum("tp,sp->ts", moved, moved)
    lengths = np.maximum((curves**2).sum(axis=1), 1e-6)
    energy = (np.einsum("ct,ts->cs", curves, products) * curves).sum(axis=1) / lengths
    return np.asarray(energy / max(energy.max(), 1e-12))


def _stretch(curve: Float64) -> Float64:
    return np.asarray((curve - curve.min()) / max(np.ptp(curve), 1e-12))
