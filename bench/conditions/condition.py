"""Defines a condition: what is done to tested faces, to their scans before they are drawn or to their views after.

A condition never touches pretraining faces. What it does to a clip depends only on the clip's id and on the frame, so
that any number of threads, and any machine, get the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import overload

from smile.data.face import Clip, DataSet, Scan
from smile.digests import digest
from smile.provenance import code_hash
from smile.rendering.views import Views

#: Files that decide what a condition does to a scan. A change in them draws the changed scans again.
SOURCES = ("bench/conditions", "smile/stand_ins/nuisances", "smile/stand_ins/scanner.py")


def _keep_data(data_set: DataSet) -> DataSet:
    return data_set


def _keep_views(views: Views) -> Views:
    return views


@dataclass(frozen=True)
class Condition:
    """Describes one condition; by default it changes nothing.

    `change` gives a data set with other scans: the clips have other content keys, so a cache keeps their views beside
    those of the clean scans. `change_views` changes what was drawn, and raises bench.methods.method.Unsuitable with the
    reason where the views have nothing that it could change.
    """

    title: str  # as printed in tables
    change: Callable[[DataSet], DataSet] = _keep_data
    change_views: Callable[[Views], Views] = _keep_views
    channel: str = ""  # that the pictures must show; without it, `change_views` raises, and nothing need be drawn


@dataclass(frozen=True)
class ChangedFrames(Sequence[Scan]):
    """Holds the frames of a clip under a condition; changes a frame when code asks for it.

    `change` is a function of a module, so that the frames can be sent to another process.
    """

    clip: Clip  # as it was
    change: Callable[[Clip, int], Scan]  # (clip, frame) -> changed scan

    def __len__(self) -> int:
        return len(self.clip.frames)

    @overload
    def __getitem__(self, index: int) -> Scan: ...
    @overload
    def __getitem__(self, index: slice) -> list[Scan]: ...
    def __getitem__(self, index: int | slice) -> Scan | list[Scan]:
        numbers = range(len(self))[index]
        if isinstance(numbers, int):
            return self.change(self.clip, numbers)
        return [self.change(self.clip, number) for number in numbers]


def change_clips(data_set: DataSet, name: str, change: Callable[[Clip, int], Scan]) -> DataSet:
    """Returns the data set with `change` in the place of every scan, under content keys that tell the condition."""
    return replace(
        data_set,
        clips=tuple(
            replace(clip, frames=ChangedFrames(clip, change), content_key=change_key(clip, name))
            for clip in data_set.clips
        ),
    )


def change_key(clip: Clip, name: str) -> str:
    """Returns the content key of a clip under the condition `name`."""
    return digest([clip.content_key, name, code_hash(*SOURCES)], 64)
