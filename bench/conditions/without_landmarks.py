"""The scans have no landmarks: the pose is found from the shape alone, and nothing can be measured at landmarks.

Landmarks are taken away before drawing, because the pose step uses them.
"""

from __future__ import annotations

from dataclasses import replace

from bench.conditions.condition import Condition, change_clips
from smile.data.face import Clip, DataSet, Scan


def _forget(clip: Clip, frame: int) -> Scan:
    return replace(clip.frames[frame], landmarks=None)


def _forget_all(data_set: DataSet) -> DataSet:
    bare = change_clips(data_set, "without_landmarks", _forget)
    return replace(bare, clips=tuple(replace(clip, landmark_scheme=None) for clip in bare.clips))


WITHOUT_LANDMARKS = Condition("pose found without landmarks", change=_forget_all)
