"""Finds onset and apex of a clip from geometry alone, never from labels.

Letters in shapes: T frames, H and W pixels.
"""

from __future__ import annotations

import numpy as np

from smile.arrays import Bool, Float32, Float64

#: mm. A pixel with a larger change shows another surface, e.g. teeth instead of lip; the change counts as this much.
MOST_DEPTH_CHANGE = 10.0
#: A face that keeps this fraction of its change after the apex does not return: the clip ends before the offset.
_KEPT = 0.9
#: The onset lasts as long as the change is below this fraction of the change at the apex.
_STARTED = 0.1


def find_moments(depth: Float32, mask: Bool, onset: int | None = None, apex: int | None = None) -> tuple[int, int]:
    """Returns onset and apex of a clip from its depth [T, H, W] in mm; known values are returned as given."""
    start = onset or 0
    if apex is None:
        apex = start + find_apex(depth[start:], mask[start:])
    if onset is None:
        onset = find_onset(depth[: apex + 1], mask[: apex + 1])
    return onset, apex


def find_apex(depth: Float32, mask: Bool) -> int:
    """Returns the frame that differs most from both ends: most clips go from neutral to the apex and back to neutral.

    Slow drift of jaw or pose makes a frame differ from one end only. If the face stays changed after this frame, the
    clip ends before the offset; then the frame that differs most from the first one is returned.
    """
    since, apex = _leave(depth, mask)
    return apex if _keep(since, apex) < _KEPT else int(np.argmax(since))


def share_kept(depth: Float32, mask: Bool, onset: int | None = None, apex: int | None = None) -> float:
    """Returns the smallest fraction of the change at the apex that remains later: 0 if the face returns, 1 if it stays.

    The apex is the given one, or else the frame that differs most from both ends.
    """
    start = onset or 0
    since, found = _leave(depth[start:], mask[start:])
    return _keep(since, found if apex is None else apex - start)


def find_onset(depth: Float32, mask: Bool) -> int:
    """Returns the last frame before the change begins; the change leads to the last frame, which is the apex."""
    since = _change(depth, mask, 0)
    # The first frame does not differ from itself. The smallest other difference is noise, at most half of the apex's.
    floor = since[1:].min(initial=since[-1] / 2)
    started = since > floor + _STARTED * (since[-1] - floor)
    still = int(np.flatnonzero(~started).max(initial=0)) if started.any() else 0
    # A single frame before the rise cannot be distinguished from noise.
    return still if still > 1 else 0


def _leave(depth: Float32, mask: Bool) -> tuple[Float64, int]:
    """Returns the change since the first frame [T], and the frame that differs most from both ends."""
    since, until = (_smooth(_change(depth, mask, end)) for end in (0, -1))
    return since, int(np.argmax(np.minimum(since, until)))


def _keep(since: Float64, apex: int) -> float:
    return float(since[apex:].min() / since[apex]) if since[apex] > 0 else 1.0


def _change(depth: Float32, mask: Bool, end: int) -> Float64:
    """Returns the mean over the face of absolute differences from one frame, [T], each at most 10 mm."""
    both = mask & mask[end]
    change = np.where(both, np.minimum(np.abs(depth - depth[end]), MOST_DEPTH_CHANGE), 0.0)
    return np.asarray(change.sum(axis=(1, 2)) / np.maximum(both.sum(axis=(1, 2)), 1))


def _smooth(curve: Float64) -> Float64:
    padded = np.pad(curve, 1, mode="edge")
    return (padded[:-2] + 2 * curve + padded[2:]) / 4
