"""Loads the images of a data set from a cache on disk, or draws what is missing.

A cache is a folder whose name ends with a key of all that decides its content: clips, settings and source code. While
clips are drawn, `parts/` holds one file per clip, so that a killed run can resume. Then `images.npy` and
`landmarks.npy` are written, and `index.json` last; without it a cache is unfinished. Then `parts/` is deleted.
Clips in another cache of the same data set are copied instead of drawn.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
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
from smile.rendering.cache.packed import LANDMARKS, read_packed, write_images, write_index
from smile.rendering.cache.parts import ClipPart, Draw, in_threads, read_part
from smile.rendering.clip_frames import count_landmarks
from smile.rendering.clip_pictures import ClipPictures
from smile.rendering.motion.channels import name_planes
from smile.rendering.raster.cameras import name_views
from smile.rendering.settled import settle
from smile.rendering.views import Views

#: Files that read and draw scans. A change in them draws every clip again; a change elsewhere draws nothing.
SOURCES = (
    *(f"smile/data/{name}.py" for name in ("archives", "disk", "face", "files", "landmarks", "names")),
    *(f"smile/data/{name}.py" for name in ("shape", "units")),
    *("smile/data/formats", "smile/sets"),
    *(f"smile/rendering/{name}" for name in ("clip_frames.py", "clip_pictures.py", "raster", "pose", "motion")),
)


@dataclass(frozen=True)
class Cache:
    """Says where the images of one data set under one rendering are kept."""

    data_set: DataSet
    rendering: Rendering  # as `settle` returns it
    place: Path

    @classmethod
    def of(cls, data_set: DataSet, rendering: Rendering, folder: Path) -> Cache:
        """Returns the cache of these images below `folder`; reads and writes nothing.

        Raises UserError on a setting that does not exist.
        """
        settled = settle(rendering, data_set)
        key = _hash([_identify(clip) for clip in data_set.clips], settled)
        return cls(data_set, settled, folder / f"{data_set.name}-{key}")

    def part(self, number: int) -> Path:
        """Returns the path of clip `number`'s part while clips are drawn."""
        return self.place / "parts" / f"{number:06d}.npz"

    def read_part(self, number: int) -> ClipPart:
        """Reads this part; raises UserError where it is gone."""
        part = read_part(self.part(number))
        if part is None:
            raise UserError(f"{self.part(number)}: vanished while it was needed; start again")
        return part

    def forget_parts(self) -> None:
        """Deletes all parts."""
        shutil.rmtree(self.place / "parts", ignore_errors=True)


def load_or_render(
    data_set: DataSet,
    rendering: Rendering,
    folder: Path,
    progress: Progress,
    workers: int | None = None,
    draw: Draw | None = None,
) -> Views:
    """Returns the views of a data set from the cache in `folder`; draws missing clips first.

    The bytes are the same for any number of `workers` (threads; default: one per core) and any other way to `draw`.
    Views.skipped names clips that cannot be used, Views.faults names scans that their clip does not use, with reasons.
    If anything in the cache contradicts its index, it is drawn again. Raises UserError on a setting that does not
    exist, and where no clip can be used.
    """
    cache = Cache.of(data_set, rendering, folder)
    with _alone(cache.place, progress):
        views = _load(cache)
        if views is None:
            _draw(cache, progress, draw or in_threads(workers or os.cpu_count() or 1))
            _pack(cache)
            views = _load(cache)
        if views is not None:
            cache.forget_parts()
    if views is None:
        raise UserError(f"{cache.place}: what was just written cannot be read back; is the disk full or faulty?")
    return views


def clip_key(clip: Clip, rendering: Rendering) -> str:
    """Returns the key of one clip under a rendering that `settle` returned: equal keys mean equal images."""
    return _hash(_identify(clip), rendering)


def _identify(clip: Clip) -> list[Any]:
    error = clip.pose_error and asdict(clip.pose_error)
    return [clip.id, clip.content_key, clip.landmark_scheme, clip.onset, clip.apex, error]


def _hash(clips: list[Any], rendering: Rendering) -> str:
    """Hashes the clips, the settings and the source code that reads and draws."""
    return digest([clips, to_dict(rendering), source_hash(*SOURCES)])


@contextmanager
def _alone(place: Path, progress: Progress) -> Iterator[None]:
    """Lets one process at a time work on a cache; other processes say that they wait, and then find the work done."""
    with ExitStack() as stack:
        try:
            try:
                stack.enter_context(hold_lock(place / LOCK, "another process is at work"))
            except UserError:
                progress(f"Waiting for another process that works on {place}", 0, 1)
                stack.enter_context(hold_lock(place / LOCK))
        except FileNotFoundError:  # deleted while this process waited; see delete_unused
            raise UserError(f"{place}: deleted by another process; start again") from None
        os.utime(place / LOCK)
        for left in place.glob(".*"):  # unfinished files of a process that was killed
            left.unlink()
        yield


def _load(cache: Cache) -> Views | None:
    """Returns the views of the cache; None where the cache is missing or damaged."""
    packed = read_packed(cache.place)
    if packed is None:
        return None
    index, data_set = packed.index, cache.data_set
    try:
        clips = [data_set.clips[int(number)] for number in index["clips"]]
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
        clips=tuple(clip.facts for clip in clips),
        images=packed.images,
        landmarks=packed.landmarks if packed.landmarks.size else None,
        landmark_scheme=_scheme(clips),
        planes=name_planes(cache.rendering.channels, cache.rendering.key_frames),
        view_names=name_views(cache.rendering),
        skipped=(*data_set.skipped, *skipped),
        faults=faults,
    )


def _draw(cache: Cache, progress: Progress, draw: Draw) -> None:
    """Writes the part of every clip without one."""
    clips, title = cache.data_set.clips, f"Rendering {cache.data_set.title}"
    missing = [number for number in range(len(clips)) if read_part(cache.part(number)) is None]
    missing = _borrow(cache, missing)
    done = len(clips) - len(missing)
    progress(title, done, len(clips))
    for which, part in draw([clips[number] for number in missing], cache.rendering) if missing else ():
        atomic.write_bytes(cache.part(missing[which]), part)
        done += 1
        progress(title, done, len(clips))


def _borrow(cache: Cache, missing: list[int]) -> list[int]:
    """Writes the parts of clips that other caches hold; returns the numbers of the clips that are still missing."""
    wanted = [cache.data_set.clips[number] for number in missing]
    keys, schemes = [clip_key(clip, cache.rendering) for clip in wanted], [clip.landmark_scheme for clip in wanted]
    found = set()
    for which, part in borrow(cache.place, keys, schemes):
        atomic.write_bytes(cache.part(missing[which]), part)
        found.add(missing[which])
    return [number for number in missing if number not in found]


def _pack(cache: Cache) -> None:
    """Joins the parts into arrays, then writes the index."""
    clips, kept, skipped, faults = cache.data_set.clips, list[int](), list[Skipped](), list[FrameFault]()
    for number, clip in enumerate(clips):
        part = cache.read_part(number)
        if part.pictures is None:
            skipped.append(Skipped(clip.id, part.reason))
        else:
            kept.append(number)
            faults += [FrameFault(clip.id, frame, reason) for frame, reason in part.pictures.faults]
    _refuse_nothing(cache, kept, skipped)
    write_images(cache.place, len(kept), (_pictures(cache, number).images for number in kept))
    _pack_landmarks(cache, kept)
    bad = {fault.clip_id for fault in faults}
    keys = {clip_key(clips[n], cache.rendering): row for row, n in enumerate(kept) if clips[n].id not in bad}
    index = {
        "clips": kept,
        "keys": keys,  # of clips that other caches may copy: those without unusable scans
        "landmark_scheme": _scheme([clips[number] for number in kept]),
        "skipped": [asdict(one) for one in skipped],
        "faults": [asdict(one) for one in faults],
    }
    write_index(cache.place, index)


def _refuse_nothing(cache: Cache, kept: Sequence[int], skipped: Sequence[Skipped]) -> None:
    """Raises UserError with the first reasons if no clip is kept."""
    if kept:
        return
    cache.forget_parts()
    known = [*cache.data_set.skipped, *skipped]
    shown = "".join(f"\n  {one}" for one in known[:3])
    raise UserError(f"{cache.data_set.title}: none of the {len(known)} clips can be used; the first reasons:{shown}")


def _pack_landmarks(cache: Cache, kept: Sequence[int]) -> None:
    """Writes landmarks [N, 2, L, 3] of the first scheme that occurs; clips with another scheme get NaN."""
    clips = [cache.data_set.clips[number] for number in kept]
    scheme = _scheme(clips)
    landmarks = np.full((len(kept), 2, count_landmarks(scheme) if scheme else 0, 3), np.nan, dtype=np.float32)
    for row, (clip, number) in enumerate(zip(clips, kept, strict=True)):
        if scheme and clip.landmark_scheme == scheme:
            landmarks[row] = _pictures(cache, number).landmarks
    with atomic.replacing(cache.place / LANDMARKS) as temporary:
        np.save(temporary, landmarks)


def _pictures(cache: Cache, number: int) -> ClipPictures:
    pictures = cache.read_part(number).pictures
    assert pictures is not None, "only clips with pictures are packed"
    return pictures


def _scheme(clips: Sequence[Clip]) -> str | None:
    return next((clip.landmark_scheme for clip in clips if clip.landmark_scheme), None)
