"""When a clip's onset and apex are, from the geometry alone: never from labels.

Letters in shapes: T frames, H and W pixels.
"""

from __future__ import annotations

import numpy as np

from smile.arrays import Bool, Float32, Float64

#: A pixel that changed by more (mm) has changed surface, say from lip to teeth: it counts as this much.
MOST_DEPTH_CHANGE = 10.0
#: A face that keeps this share of its change after its apex does not return: the clip ends before the offset.
_KEPT = 0.9
#: Share of the change at the apex up to which the onset is not over.
_STARTED = 0.1


def find_moments(depth: Float32, mask: Bool, onset: int | None = None, apex: int | None = None) -> tuple[int, int]:
    """Onset and apex of a clip from its depth [T, H, W] in mm; those that are known already stay as they are."""
    start = onset or 0
    if apex is None:
        apex = start + find_apex(depth[start:], mask[start:])
    if onset is None:
        onset = find_onset(depth[: apex + 1], mask[: apex + 1])
    return onset, apex


def find_apex(depth: Float32, mask: Bool) -> int:
    """The frame that differs most from both ends: clips go from neutral over the apex back to neutral.

    Slow drift of jaw or pose differs from one end only. Where the face stays changed after that frame the clip ends
    before the offset, and the frame counts that differs most from the first.
    """
    since, apex = _leave(depth, mask)
    return apex if _keep(since, apex) < _KEPT else int(np.argmax(since))


def share_kept(depth: Float32, mask: Bool, onset: int | None = None, apex: int | None = None) -> float:
    """The least share of its change at the apex that a face has after it: 0 where it goes back, 1 where it stays.

    The apex is that of annotators, or else the frame that differs most from both ends.
    """
    start = onset or 0
    since, found = _leave(depth[start:], mask[start:])
    return _keep(since, found if apex is None else apex - start)


def find_onset(depth: Float32, mask: Bool) -> int:
    """The last frame at which hardly anything of the change up to the last frame, the apex, has come."""
    since = _change(depth, mask, 0)
    # The first frame does not differ from itself; what the others differ by at least is noise, though not most of it.
    floor = since[1:].min(initial=since[-1] / 2)
    started = since > floor + _STARTED * (since[-1] - floor)
    still = int(np.flatnonzero(~started).max(initial=0)) if started.any() else 0
    # One frame alone cannot be told from the noise that it stands for.
    return still if still > 1 else 0


def _leave(depth: Float32, mask: Bool) -> tuple[Float64, int]:
    """[T] change since the first frame, and the frame that differs most from both ends."""
    since, until = (_smooth(_change(depth, mask, end)) for end in (0, -1))
    return since, int(np.argmax(np.minimum(since, until)))


def _keep(since: Float64, apex: int) -> float:
    return float(since[apex:].min() / since[apex]) if since[apex] > 0 else 1.0


def _change(depth: Float32, mask: Bool, end: int) -> Float64:
    """[T] mean over the face of absolute differences from one frame, each at most 10 mm."""
    both = mask & mask[end]
    change = np.where(both, np.minimum(np.abs(depth - depth[end]), MOST_DEPTH_CHANGE), 0.0)
    return np.asarray(change.sum(axis=(1, 2)) / np.maximum(both.sum(axis=(1, 2)), 1))


def _smooth(curve: Float64) -> Float64:
    padded = np.pad(curve, 1, mode="edge")
    return (padded[:-2] + 2 * curve + padded[2:]) / 4
