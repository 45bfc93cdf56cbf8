"""Rendered clips on disk: a memory map of pictures with its index, keyed by all that went into it.

A folder a key: `parts/` (one file a clip while rendering, so that a killed run resumes), then `images.npy`,
`landmarks.npy` and at last `index.json`, without which nothing counts as done; then the parts are thrown away.
Clips that another cache of the folder holds are copied from it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from smile import atomic
from smile.config import Rendering, to_dict
from smile.data.face import Clip, DataSet, FrameFault, Skipped
from smile.digests import digest
from smile.errors import UserError
from smile.locks import hold_lock
from smile.progress import Progress
from smile.provenance import source_hash
from smile.rendering.cache.other_caches import LOCK, borrow
from smile.rendering.cache.packed import IMAGES, LANDMARKS, read_packed, write_index
from smile.rendering.cache.parts import ClipPart, Draw, in_threads, read_part
from smile.rendering.clip_frames import count_landmarks
from smile.rendering.clip_pictures import ClipPictures
from smile.rendering.motion.channels import name_planes
from smile.rendering.raster.cameras import name_views
from smile.rendering.settled import settle
from smile.rendering.views import Views

#: What reads scans and draws them: a change there draws every clip anew, a change elsewhere draws none.
SOURCES = (
    *(f"smile/data/{name}" for name in ("archives.py", "disk.py", "face.py", "landmarks.py", "formats", "sets")),
    *(f"smile/rendering/{name}" for name in ("clip_frames.py", "clip_pictures.py", "raster", "pose", "motion")),
)


def load_or_render(
    data_set: DataSet,
    rendering: Rendering,
    folder: Path,
    progress: Progress,
    workers: int | None = None,
    draw: Draw | None = None,
) -> Views:
    """The views of a data set from the cache in `folder`, drawn first where they are not there yet.

    Views are the same bytes for any number of `workers` (threads; default: one a core) and any other way to `draw`.
    A clip that cannot be used is in Views.skipped with its reason, a scan that its clip does without in Views.faults.
    Whatever in the cache does not match its index is thrown away and drawn anew.
    Raises UserError on a setting that does not exist and where no clip can be used.
    """
    rendering = settle(rendering, data_set)
    place = cache_place(data_set, rendering, folder)
    with _alone(place):
        views = _load(data_set, rendering, place)
        if views is None:
            _draw(data_set, rendering, place, progress, draw or in_threads(workers or os.cpu_count() or 1))
            _pack(data_set, rendering, place)
            views = _load(data_set, rendering, place)
        if views is not None:
            shutil.rmtree(place / "parts", ignore_errors=True)
    if views is None:
        raise UserError(f"{place}: what was just written cannot be read back; is the disk full or faulty?")
    return views


def cache_place(data_set: DataSet, rendering: Rendering, folder: Path) -> Path:
    """The folder in the cache `folder` that holds these views."""
    return folder / f"{data_set.name}-{cache_key(data_set, rendering)}"


def cache_key(data_set: DataSet, rendering: Rendering) -> str:
    """First 16 hexadecimal digits of the SHA-256 of the clips, the settings and the program that reads and draws."""
    return _hash([_identify(clip) for clip in data_set.clips], settle(rendering, data_set))


def clip_key(clip: Clip, rendering: Rendering) -> str:
    """The same of one clip, for a rendering that `settle` has gone over: equal keys, equal pictures."""
    return _hash(_identify(clip), rendering)


def _identify(clip: Clip) -> list[Any]:
    return [clip.id, clip.content_key, clip.landmark_scheme, clip.onset, clip.apex]


def _hash(clips: list[Any], rendering: Rendering) -> str:
    return digest([clips, to_dict(rendering), source_hash(*SOURCES)])


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Lets one process at a time work on a place; the others wait and then find it done."""
    with ExitStack() as stack:
        try:
            stack.enter_context(hold_lock(place / LOCK))
        except FileNotFoundError:  # deleted while this process waited: see other_caches.delete_unused
            raise UserError(f"{place}: deleted by another process; start again") from None
        os.utime(place / LOCK)
        for left in place.glob(".*"):  # files that such a process had not yet put in their place
            left.unlink()
        yield


def _load(data_set: DataSet, rendering: Rendering, place: Path) -> Views | None:
    """The views at `place`; None where they are not, or not whole."""
    packed = read_packed(place)
    if packed is None:
        return None
    index, landmarks = packed.index, packed.landmarks
    try:
        numbers = [int(number) for number in index["clips"]]
        clips = [data_set.clips[number] for number in numbers]
        skipped = tuple(Skipped(str(one["clip_id"]), str(one["reason"])) for one in index["skipped"])
        faults = tuple(
            FrameFault(str(one["clip_id"]), int(one["frame"]), str(one["reason"])) for one in index["faults"]
        )
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    return Views(
        data_set=data_set.name,
        title=data_set.title,
        stand_in=data_set.stand_in,
        images=packed.images,
        planes=name_planes(rendering.channels, rendering.key_frames),
        view_names=name_views(rendering),
        landmarks=landmarks if landmarks.size else None,
        landmark_scheme=_scheme(clips),
        clip_ids=tuple(clip.id for clip in clips),
        subjects=tuple(clip.subject for clip in clips),
        expressions=tuple(clip.expression for clip in clips),
        skipped=(*data_set.skipped, *skipped),
        faults=faults,
        labels=tuple(clip.labels for clip in clips) if any(clip.labels for clip in clips) else (),
        attributes=tuple(dict(clip.attributes) for clip in clips),
    )


def _draw(data_set: DataSet, rendering: Rendering, place: Path, progress: Progress, draw: Draw) -> None:
    """Writes the part of every clip that has none yet."""
    clips, title = data_set.clips, f"Rendering {data_set.title}"
    missing = [number for number in range(len(clips)) if read_part(_part(place, number)) is None]
    missing = _borrow(clips, missing, rendering, place)
    done = len(clips) - len(missing)
    progress(title, done, len(clips))
    for which, part in draw([clips[number] for number in missing], rendering) if missing else ():
        atomic.write_bytes(_part(place, missing[which]), part)
        done += 1
        progress(title, done, len(clips))


def _borrow(clips: Sequence[Clip], missing: list[int], rendering: Rendering, place: Path) -> list[int]:
    """Writes the parts that other caches hold, and gives the numbers of the clips that are still missing."""
    keys = [clip_key(clips[number], rendering) for number in missing]
    found = set()
    for which, part in borrow(place, keys, [clips[number].landmark_scheme for number in missing]):
        atomic.write_bytes(_part(place, missing[which]), part)
        found.add(missing[which])
    return [number for number in missing if number not in found]


def _part(place: Path, number: int) -> Path:
    return place / "parts" / f"{number:06d}.npz"


def _pack(data_set: DataSet, rendering: Rendering, place: Path) -> None:
    """Joins the parts into the memory map, then writes the index."""
    clips, kept, skipped, faults = data_set.clips, list[int](), list[Skipped](), list[FrameFault]()
    for number, clip in enumerate(clips):
        part = _part_of(place, number)
        if part.pictures is None:
            skipped.append(Skipped(clip.id, part.reason))
        else:
            kept.append(number)
            faults += [FrameFault(clip.id, frame, reason) for frame, reason in part.pictures.faults]
    if not kept:
        shutil.rmtree(place / "parts", ignore_errors=True)
        known = [*data_set.skipped, *skipped]
        shown = "".join(f"\n  {one}" for one in known[:3])
        raise UserError(f"{data_set.title}: none of the {len(known)} clips can be used; the first reasons:{shown}")
    _pack_images(kept, place)
    _pack_landmarks([clips[number] for number in kept], kept, place)
    bad = {fault.clip_id for fault in faults}
    whole = {clip_key(clips[n], rendering): row for row, n in enumerate(kept) if clips[n].id not in bad}
    index = {
        "clips": kept,
        "keys": whole,  # of the clips that others may copy: those whose every scan could be used
        "landmark_scheme": _scheme([clips[number] for number in kept]),
        "skipped": [asdict(one) for one in skipped],
        "faults": [asdict(one) for one in faults],
    }
    write_index(place, index)


def _pack_images(kept: Sequence[int], place: Path) -> None:
    first = _pictures(place, kept[0]).images
    with atomic.replacing(place / IMAGES) as temporary:
        images = np.lib.format.open_memmap(temporary, "w+", np.uint8, (len(kept), *first.shape))
        for row, number in enumerate(kept):
            images[row] = _pictures(place, number).images
        images.flush()


def _pack_landmarks(clips: Sequence[Clip], kept: Sequence[int], place: Path) -> None:
    """[N, 2, L, 3]; clips whose scheme is not that of the first clip that has one stay NaN."""
    scheme = _scheme(clips)
    landmarks = np.full((len(kept), 2, count_landmarks(scheme) if scheme else 0, 3), np.nan, dtype=np.float32)
    for row, (clip, number) in enumerate(zip(clips, kept, strict=True)):
        if scheme and clip.landmark_scheme == scheme:
            landmarks[row] = _pictures(place, number).landmarks
    with atomic.replacing(place / LANDMARKS) as temporary:
        np.save(temporary, landmarks)


def _pictures(place: Path, number: int) -> ClipPictures:
    pictures = _part_of(place, number).pictures
    assert pictures is not None, "only clips with pictures are packed"
    return pictures


def _part_of(place: Path, number: int) -> ClipPart:
    part = read_part(_part(place, number))
    if part is None:
        raise UserError(f"{_part(place, number)}: vanished while it was needed; start again")
    return part


def _scheme(clips: Sequence[Clip]) -> str | None:
    return next((clip.landmark_scheme for clip in clips if clip.landmark_scheme), None)
