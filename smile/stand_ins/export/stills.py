"""Takes single scans from generated clips: finds the frames that show given fractions of the apex."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from smile.data.action_units import Coded
from smile.data.face import Clip, name_labels
from smile.digests import digest_text
from smile.errors import UserError


def find_stills(clip: Clip, shares: Sequence[float]) -> tuple[int, ...]:
    """Returns the frames before the apex whose activity is closest to these increasing fractions of its peak.

    Activity is how far the strengths of the clip's action units are from those of its first frame, summed: blinks and
    other distractors do not count, nor does what a face always holds.
    Raises UserError on a clip with unknown action units, and where there are too few frames for so many fractions.
    """
    if not isinstance(clip.frames, Coded):
        raise UserError(f"clip {clip.id}: single scans can be taken from made clips only, whose action units are known")
    strengths = clip.frames.code().strengths
    activity = np.abs(strengths - strengths[0]).sum(axis=1)
    apex = int(activity.argmax())
    rise = activity[: apex + 1]
    frames = tuple(int(np.abs(rise - share * rise[-1]).argmin()) for share in shares)
    if apex == 0 or len(set(frames)) < len(frames):
        raise UserError(f"clip {clip.id}: its onset has too few frames for {len(shares)} levels; ask for more --frames")
    return frames


def group_clips(
    clips: Sequence[Clip], names: Mapping[str, str], expressions: Collection[str], shares: Sequence[float], title: str
) -> dict[str, list[Clip]]:
    """Returns name of the subject, from `names`, -> its clips.

    Raises UserError on a clip with an expression that `title` lacks, on a subject's second clip of an expression, and
    on a clip without frames for these `shares`.
    """
    grouped: dict[str, list[Clip]] = {}
    for clip in clips:
        held, shown = grouped.setdefault(names[clip.subject], []), name_labels(clip.labels)
        if shown not in expressions:
            raise UserError(f"clip {clip.id}: {title} has no name for {shown!r}; leave such clips out")
        if clip.labels in {other.labels for other in held}:
            raise UserError(f"clip {clip.id}: a second one of {shown} of its subject; leave one of them out")
        find_stills(clip, shares)
        held.append(clip)
    return grouped


def join_keys(clips: Sequence[Clip]) -> str:
    """Returns one content key for several clips."""
    return digest_text(repr([clip.content_key for clip in clips]))
