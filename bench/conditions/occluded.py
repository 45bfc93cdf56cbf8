"""Part of every face is hidden: by hair, by glasses or by a hand, one of the three in each clip with equal chance.

They are geometry in front of the face, at rest relative to the head, drawn by smile.stand_ins.nuisances: hair and
glasses lie on the skin, a hand is 3 to 20 mm away from it. What neither of two sensors sees, 45 degrees left and right
of the face, is missing from the scan. They hide 8 to 46 % of the face from the front. The pose is found in the scan as
it then is, and so is worse too, most of all by hair over the forehead (docs/log.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np

from bench.conditions.condition import Condition, change_clips
from smile.arrays import Float64
from smile.data.face import Clip, Scan
from smile.data.units import in_millimetres
from smile.errors import UserError
from smile.rendering.pose.crop import move_scan
from smile.rendering.pose.face_pose import find_poses
from smile.rendering.pose.registration import compose, invert, transform
from smile.stand_ins.nuisances.occluders import draw_occluder
from smile.stand_ins.nuisances.occlusion import occlude
from smile.stand_ins.nuisances.solids import Solid
from smile.stand_ins.performance import generator
from smile.stand_ins.scanner import HEADS


@dataclass(frozen=True)
class _Known:
    """A clip that is known by its content, so that what its frames share is made once."""

    clip: Clip = field(compare=False)
    content_key: str
    id: str

    @classmethod
    def of(cls, clip: Clip) -> _Known:
        return cls(clip, clip.content_key, clip.id)


@dataclass(frozen=True)
class _Stage:
    """What all frames of a clip share: the first scan that can be read, its pose, and the occluder in front of it."""

    first: Scan
    pose: Float64
    occluder: Solid


def _occlude_scan(clip: Clip, frame: int) -> Scan:
    stage, scan = _set_up(_Known.of(clip)), in_millimetres(clip.frames[frame])
    now = _find(clip, stage, scan)
    hidden = occlude(move_scan(scan, now), stage.occluder, HEADS.T.astype(np.float64))
    return move_scan(hidden, invert(now))


@lru_cache(maxsize=64)  # more than the threads that draw clips at once, and few enough to hold in memory
def _set_up(known: _Known) -> _Stage:
    clip = known.clip
    first = next(_read(clip))
    pose = find_poses([first], clip.landmark_scheme)[0]
    return _Stage(first, pose, draw_occluder(generator(0, "occluded", clip.id), transform(pose, first.vertices)))


def _read(clip: Clip) -> Iterator[Scan]:
    """Yields the scans of a clip that can be read; the first decides where an occluder is."""
    for number in range(len(clip.frames)):
        try:
            yield in_millimetres(clip.frames[number])
        except UserError:
            continue


def _find(clip: Clip, stage: _Stage, scan: Scan) -> Float64:
    """Returns the pose of a scan, which fits to the pose of the first one better than its own would."""
    if len(clip.frames) == 1:
        return stage.pose
    one, other = find_poses([stage.first, scan], clip.landmark_scheme)
    return compose(stage.pose, compose(invert(one), other))


OCCLUDED = Condition(
    "part hidden by hair, glasses or a hand", change=partial(change_clips, name="occluded", change=_occlude_scan)
)
