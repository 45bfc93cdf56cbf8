"""Holds the images of a data set, as every method and every protocol gets them.

Letters in shapes: N clips, V views, C channels, H and W pixels, L landmarks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from smile.arrays import Bool, Float32, Int64, UInt8
from smile.data.face import Facts, FrameFault, Skipped
from smile.errors import UserError

#: Separates data set and subject where data sets are joined, because each may have its own F001.
OF = ":"


def gather_rows(images: UInt8, rows: Int64, out: UInt8 | None = None) -> UInt8:
    """Copies rows of a cache [N, V, C, H, W] into a batch [B, V, C, H, W], or into `out` if it is given.

    Memory that is reused causes no page faults, so large batches come as fast as memory can be copied.
    Raises IndexError on a row that does not exist.
    """
    if len(rows) and not (rows.min() >= 0 and rows.max() < len(images)):
        raise IndexError(f"rows {rows.min()} to {rows.max()} of {len(images)} clips")
    # Only a mode other than "raise" writes into `out` without an intermediate copy.
    return np.take(np.asarray(images), rows, axis=0, out=out, mode="clip")


@dataclass(frozen=True)
class Views:
    """Holds images, landmarks and facts of N clips; row n of each belongs to the same clip."""

    data_set: str  # key, e.g. "bu4dfe"
    title: str  # as printed, e.g. "BU-4DFE"
    stand_in: str  # name of what generated the faces; "" for licensed recordings
    clips: tuple[Facts, ...]  # [N] only supervised methods and protocols may use their labels
    images: UInt8  # [N, V, C, H, W] with the value ranges of channels.py, often a read-only memory map
    landmarks: Float32 | None = None  # [N, 2, L, 3] at onset and apex, mm in the face frame; None: no clip has any
    landmark_scheme: str | None = None
    planes: tuple[str, ...] = ()  # [C] channel of each plane of an image
    view_names: tuple[str, ...] = ()  # [V] direction from which each view is seen, as text
    skipped: tuple[Skipped, ...] = ()
    faults: tuple[FrameFault, ...] = ()  # scans that their clips do not use

    def __len__(self) -> int:
        return len(self.clips)

    @property
    def clip_ids(self) -> tuple[str, ...]:
        """Id of each clip [N]."""
        return tuple(clip.id for clip in self.clips)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Subject of each clip [N]."""
        return tuple(clip.subject for clip in self.clips)

    @property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """Labels of each clip [N]: one, several, or none where a clip's label is unknown or does not count."""
        return tuple(clip.labels for clip in self.clips)

    @property
    def attributes(self) -> tuple[Mapping[str, str], ...]:
        """Attributes of each clip [N], such as sex, ancestry or level, where known."""
        return tuple(clip.attributes for clip in self.clips)

    @property
    def labelled(self) -> Bool:
        """Which clips have a label [N]."""
        return np.array([bool(clip.labels) for clip in self.clips], dtype=np.bool_)

    def of_subjects(self, subjects: Iterable[str]) -> Bool:
        """Returns which clips belong to one of these subjects [N]."""
        wanted = set(subjects)
        return np.array([clip.subject in wanted for clip in self.clips], dtype=np.bool_)

    def rows(self, which: Sequence[int] | Int64 | Bool) -> Views:
        """Returns the clips with these row numbers, in this order, or those marked True; copies their images."""
        chosen = np.asarray(which)
        index = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.int64)
        landmarks = None if self.landmarks is None else self.landmarks[index]
        clips = tuple(self.clips[row] for row in index)
        return replace(self, clips=clips, images=gather_rows(self.images, index), landmarks=landmarks)

    def first_views(self, count: int) -> Views:
        """Returns the clips with only their first `count` views; cameras are nested.

        The images are copied unless `count` includes all views, because batches from a slice would copy it each time.
        """
        images = np.ascontiguousarray(self.images[:, :count])
        return replace(self, images=images, view_names=self.view_names[:count])

    def relabel(self, labels: Sequence[tuple[str, ...]]) -> Views:
        """Returns the clips with other labels [N], such as the classes of a protocol."""
        named = zip(self.clips, labels, strict=True)
        return replace(self, clips=tuple(replace(clip, labels=own) for clip, own in named))

    def twins(self) -> list[tuple[str, ...]]:
        """Groups of clips whose pictures are the same bytes, by their ids: a scan that stands there twice."""
        found: dict[bytes, list[str]] = {}
        for clip, image in zip(self.clips, self.images, strict=True):
            found.setdefault(hashlib.sha256(np.ascontiguousarray(image).tobytes()).digest(), []).append(clip.id)
        return [tuple(group) for group in found.values() if len(group) > 1]

    def content_hash(self) -> str:
        """Returns the SHA-256 over images, landmarks, ids, subjects and labels; records call it `data_hash`."""
        digest = hashlib.sha256()
        digest.update(repr((self.images.shape, self.clip_ids, self.subjects, self.labels)).encode())
        for row in self.images:
            digest.update(np.ascontiguousarray(row).tobytes())
        if self.landmarks is not None:
            digest.update(np.ascontiguousarray(self.landmarks).tobytes())
        return digest.hexdigest()


def blank(views: Views) -> Views:
    """Returns views without labels, attributes and clip ids, because an id such as "F001/Happy" reveals the label."""
    clips = tuple(Facts(str(row), clip.subject) for row, clip in enumerate(views.clips))
    return replace(views, clips=clips, skipped=())


def join(parts: Sequence[Views]) -> Views:
    """Joins the clips of several data sets, as clips of the last; subjects become "<data set>:<subject>".

    Landmarks become NaN unless their scheme is that of the first part with landmarks. Raises UserError where the images
    of two parts do not show the same.
    """
    for part in parts[1:]:
        _compare(parts[0], part)
    named = [_carry_names(part) for part in parts]
    return replace(
        _join_landmarks(named),
        title=" to ".join(part.title for part in parts),
        stand_in=" and ".join(sorted({part.stand_in for part in parts} - {""})),
        clips=tuple(chain(*(part.clips for part in named))),
        images=np.concatenate([part.images for part in parts]),
        skipped=tuple(chain(*(part.skipped for part in named))),
        faults=tuple(chain(*(part.faults for part in named))),
    )


def of_data_set(name: str) -> str:
    """Returns the data set of a clip or subject of joined views."""
    return name.partition(OF)[0]


def _carry_names(part: Views) -> Views:
    """Returns the views with the data set in front of the names of clips and subjects."""
    of = f"{part.data_set}{OF}"
    return replace(
        part,
        clips=tuple(replace(clip, id=of + clip.id, subject=of + clip.subject) for clip in part.clips),
        skipped=tuple(replace(one, clip_id=of + one.clip_id) for one in part.skipped),
        faults=tuple(replace(one, clip_id=of + one.clip_id) for one in part.faults),
    )


def _join_landmarks(parts: Sequence[Views]) -> Views:
    """Returns the last part with the landmarks of all parts; None where no part has any."""
    marked = next((part for part in parts if part.landmarks is not None), None)
    if marked is None:
        return parts[-1]
    landmarks = np.concatenate([_landmarks_like(part, marked) for part in parts])
    return replace(parts[-1], landmarks=landmarks, landmark_scheme=marked.landmark_scheme)


def _compare(one: Views, other: Views) -> None:
    """Raises UserError where the images differ in channels, views or size."""
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
