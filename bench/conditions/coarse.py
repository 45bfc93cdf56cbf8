"""Every scan has a quarter of its vertices: those in a cell of a grid become one, so that edges are twice as long.

Landmarks and textures stay as they are.
"""

from __future__ import annotations

from functools import partial

from bench.conditions.condition import Condition, change_clips
from smile.data.face import Clip, Scan
from smile.stand_ins.nuisances.resolution import thin_out

_SHARE = 0.25  # of the vertices that are left


def _thin_out_scan(clip: Clip, frame: int) -> Scan:
    return thin_out(clip.frames[frame], _SHARE)


COARSE = Condition("a quarter of the resolution", change=partial(change_clips, name="coarse", change=_thin_out_scan))
