"""Rendered clips of one data set: what every learner and every protocol is handed.

Letters in shapes: N clips, V views, C channels, H and W pixels, L landmarks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from smile.arrays import Float32, Int64, UInt8
from smile.data.face import FrameFault, Skipped
from smile.errors import UserError

Value = TypeVar("Value")
#: Stands between the data set and the subject where several sets are joined: each has an F001 of its own.
OF = ":"


def gather_rows(images: UInt8, rows: Int64, out: UInt8 | None = None) -> UInt8:
    """Pictures [B, V, C, H, W] of these rows of a cache [N, V, C, H, W], copied into `out` where it is given.

    Memory that is used again costs no page faults: large batches then come as fast as memory can be copied.
    Raises IndexError where there is no such row.
    """
    if len(rows) and not (rows.min() >= 0 and rows.max() < len(images)):
        raise IndexError(f"rows {rows.min()} to {rows.max()} of {len(images)} clips")
    # Only a mode other than "raise" writes into `out` without a copy in between.
    return np.take(np.asarray(images), rows, axis=0, out=out, mode="clip")


@dataclass(frozen=True)
class Views:
    """Row n of every field is the same clip. Images are uint8 with the ranges of channels.py."""

    data_set: str  # key, e.g. "bu4dfe"
    title: str  # as printed, e.g. "BU-4DFE"
    stand_in: str  # what made the faces where they are not licensed recordings; "" for real data
    images: UInt8  # [N, V, C, H, W], often a read-only memory map
    landmarks: Float32 | None  # [N, 2, L, 3] at onset and apex, mm in the face frame; None: no clip has any
    landmark_scheme: str | None
    clip_ids: tuple[str, ...]
    subjects: tuple[str, ...]
    expressions: tuple[str, ...]  # the labels: only supervised methods and protocols may look at them
    skipped: tuple[Skipped, ...] = ()
    faults: tuple[FrameFault, ...] = ()  # scans that clips do without
    planes: tuple[str, ...] = ()  # [C] the channel that each plane of a picture belongs to
    view_names: tuple[str, ...] = ()  # [V] where each view is seen from, in words
    labels: tuple[tuple[str, ...], ...] = ()  # all labels of each clip of a multi-label data set; () elsewhere
    attributes: tuple[Mapping[str, str], ...] = ()  # sex, ancestry, ... of each clip, for subgroup tables

    def __len__(self) -> int:
        return len(self.clip_ids)

    def rows(self, numbers: Sequence[int] | Int64) -> Views:
        """The clips with these row numbers, in this order (copies the pictures)."""
        index = np.asarray(numbers, dtype=np.int64)

        def pick(values: tuple[Value, ...]) -> tuple[Value, ...]:
            return tuple(values[i] for i in index)

        return replace(
            self,
            images=gather_rows(self.images, index),
            landmarks=None if self.landmarks is None else self.landmarks[index],
            clip_ids=pick(self.clip_ids),
            subjects=pick(self.subjects),
            expressions=pick(self.expressions),
            labels=pick(self.labels) if self.labels else (),
            attributes=pick(self.attributes) if self.attributes else (),
        )

    def content_hash(self) -> str:
        """SHA-256 over pictures, landmarks, ids, subjects and labels: what a record calls the hash of its data."""
        digest = hashlib.sha256()
        digest.update(repr((self.images.shape, self.clip_ids, self.subjects, self.expressions, self.labels)).encode())
        for row in self.images:
            digest.update(np.ascontiguousarray(row).tobytes())
        if self.landmarks is not None:
            digest.update(np.ascontiguousarray(self.landmarks).tobytes())
        return digest.hexdigest()


def join(parts: Sequence[Views]) -> Views:
    """The clips of several data sets one after the other, as clips of the last; subjects become "<data set>:<subject>".

    Landmarks of another scheme than the first part that has any are left out (NaN), as in a data set with both.
    Raises UserError where the pictures of one do not show the same as those of another.
    """
    for part in parts[1:]:
        _compare(parts[0], part)
    marked = next((part for part in parts if part.landmarks is not None), None)
    makers = sorted({part.stand_in for part in parts if part.stand_in})
    return Views(
        data_set=parts[-1].data_set,
        title=" to ".join(part.title for part in parts),
        stand_in=" and ".join(makers),
        images=np.concatenate([part.images for part in parts]),
        landmarks=None if marked is None else np.concatenate([_landmarks_like(part, marked) for part in parts]),
        landmark_scheme=marked.landmark_scheme if marked else None,
        clip_ids=tuple(f"{part.data_set}{OF}{clip}" for part in parts for clip in part.clip_ids),
        subjects=tuple(f"{part.data_set}{OF}{subject}" for part in parts for subject in part.subjects),
        expressions=tuple(name for part in parts for name in part.expressions),
        skipped=tuple(
            replace(one, clip_id=f"{part.data_set}{OF}{one.clip_id}") for part in parts for one in part.skipped
        ),
        planes=parts[-1].planes,
        view_names=parts[-1].view_names,
        labels=tuple(labels for part in parts for labels in part.labels or ((),) * len(part))
        if any(part.labels for part in parts)
        else (),
        attributes=tuple(known for part in parts for known in part.attributes or ({},) * len(part)),
    )


def of_data_set(name: str) -> str:
    """The data set of a clip or subject of joined views."""
    return name.partition(OF)[0]


def _compare(one: Views, other: Views) -> None:
    """Raises UserError where the pictures differ in channels, views or size."""
    if _describe(one) != _describe(other):
        raise UserError(
            f"the pictures of {one.title} ({_describe(one)}) and of {other.title} ({_describe(other)}) do not show the "
            "same and cannot be joined; draw both with the same settings (single scans take rendering.static_channels)"
        )


def _describe(part: Views) -> str:
    seen, (views, planes, height, width) = ", ".join(part.view_names) or "unnamed", part.images.shape[1:]
    shown = ", ".join(dict.fromkeys(part.planes)) or "unnamed"
    return f"{planes} planes of {shown}; {views} views: {seen}; {height} x {width} pixels"


def _landmarks_like(part: Views, other: Views) -> Float32:
    assert other.landmarks is not None
    if part.landmarks is not None and part.landmark_scheme == other.landmark_scheme:
        return part.landmarks
    return np.full((len(part), *other.landmarks.shape[1:]), np.nan, dtype=np.float32)
