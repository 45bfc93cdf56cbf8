"""Part of every face is hidden: by hair, by glasses or by a hand, one of the three in each clip with equal chance.

They are geometry in front of the face, at rest relative to the head, drawn by smile.stand_ins.nuisances: hair and
glasses lie on the skin, a hand is 3 to 20 mm away from it. What neither of two sensors sees, 45 degrees left and right
of the face, is missing from the scan. They hide 8 to 46 % of the face from the front. The pose is found in the scan as
it then is, and so is worse too, most of all by hair over the forehead (docs/log.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

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
from smile.stand_ins.performance import generator
from smile.stand_ins.scanner import HEADS


def _occlude_scan(clip: Clip, frame: int) -> Scan:
    first, scan = next(_read(clip)), in_millimetres(clip.frames[frame])
    pose, now = _find(clip, first, scan)
    rest = transform(pose, first.vertices)
    occluder = draw_occluder(generator(0, "occluded", clip.id), rest)
    hidden = occlude(move_scan(scan, now), occluder, HEADS.T.astype(np.float64))
    return move_scan(hidden, invert(now))


def _read(clip: Clip) -> Iterator[Scan]:
    """Yields the scans of a clip that can be read; the first decides where an occluder is."""
    for number in range(len(clip.frames)):
        try:
            yield in_millimetres(clip.frames[number])
        except UserError:
            continue


def _find(clip: Clip, first: Scan, scan: Scan) -> tuple[Float64, Float64]:
    """Returns the pose of the first scan, and the pose of another, which fits to it better than its own would."""
    pose = find_poses([first], clip.landmark_scheme)[0]
    if len(clip.frames) == 1:
        return pose, pose
    one, other = find_poses([first, scan], clip.landmark_scheme)
    return pose, compose(pose, compose(invert(one), other))


OCCLUDED = Condition(
    "part hidden by hair, glasses or a hand", change=partial(change_clips, name="occluded", change=_occlude_scan)
)
