"""Reads every scan of a data set on disk, and names each file that cannot be used, with place and reason."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain, islice, pairwise
from pathlib import Path

from smile.check.comparison import Tally, compare_with_release
from smile.data.disk import ScanFiles
from smile.data.face import Clip, DataSet, Scan
from smile.data.formats.pictures import open_picture
from smile.data.names import describe_alike
from smile.data.shape import tell_amiss
from smile.data.units import name_unit
from smile.errors import BadFile, UserError
from smile.sets.readers import READERS

#: Number of scans that a thread reads before it reports progress.
_CHUNK = 16
_NUMBER = re.compile(r"(\d+)\D*$")


@dataclass(frozen=True)
class FileFault:
    """Names a file or folder that cannot be used, and the reason."""

    file: str
    reason: str


@dataclass(frozen=True)
class Inspection:
    """Holds what a copy contains, and what is wrong with it."""

    data_set: DataSet
    counts: tuple[Tally, ...]  # each beside the number of the release
    scans: int  # number of all scans, readable or not
    read: int  # number of scans that were read: all, or with `quick` the first of each clip
    usable: int  # number of read scans without a fault that prevents use
    faults: tuple[FileFault, ...]  # what the reader skipped, then faults of scans, in the order of the clips
    gaps: tuple[str, ...]  # clips whose frame numbers have gaps between first and last frame
    bare: tuple[str, ...]  # usable scans without a texture, if other scans have one
    alike: tuple[str, ...]  # subjects and labels that are probably the same, in words
    units: Mapping[str, int]  # unit -> number of usable scans in it, by their size
    left_out: tuple[str, ...]  # usable scans of which a part is not used, and which part
    twins: tuple[tuple[str, ...], ...]  # clips whose read scans are the same surfaces, by their ids

    def to_json(self) -> dict[str, object]:
        """Returns plain data for JSON, without the comparison."""
        labels = {count.name.removeprefix("clips of "): count.found for count in self.counts[2:] if count.found}
        return {
            "data_set": self.data_set.name,
            "subjects": len(self.data_set.subjects),
            "clips": len(self.data_set.clips),
            "scans": self.scans,
            "labels": labels,
            "faults": [{"file": fault.file, "reason": fault.reason} for fault in self.faults],
            "alike": list(self.alike),
            "left_out": list(self.left_out),
            "twins": [list(group) for group in self.twins],
        }


@dataclass(frozen=True)
class _Chunk:
    """Holds neighbouring frames of one clip."""

    clip: Clip
    frames: range
    check_landmarks: Callable[[Scan, Path], str] | None  # see Reader in smile/sets/reader.py


@dataclass
class _Findings:
    """Holds what was found in some frames."""

    faults: list[FileFault] = field(default_factory=list)
    usable: int = 0
    bare: list[str] = field(default_factory=list)  # usable scans without a picture
    left_out: list[str] = field(default_factory=list)
    units: Counter[str] = field(default_factory=Counter)  # of the usable scans
    surfaces: dict[str, list[str]] = field(default_factory=dict)  # clip -> hash of each usable scan


def inspect(
    data_set: DataSet,
    progress: Callable[[int, int], None],
    *,
    quick: bool = False,
    workers: int | None = None,
) -> Inspection:
    """Parses every scan of `data_set`, or with `quick` only the first scan of each clip.

    `progress` gets the number of finished scans and the number of all scans. The result is the same for any number of
    `workers` (threads; default: one per core). Unreadable scans are reported and do not stop the inspection.
    """
    chunks = list(_split(data_set, quick))
    total, done = sum(len(chunk.frames) for chunk in chunks), 0
    whole = _Findings([FileFault(one.file or one.clip_id, one.reason) for one in data_set.skipped])
    pool = ThreadPoolExecutor(max_workers=workers or os.cpu_count())
    try:
        for chunk, found in zip(chunks, pool.map(_read, chunks), strict=True):
            whole.faults += found.faults
            whole.usable += found.usable
            whole.bare += found.bare
            whole.left_out += found.left_out
            whole.units += found.units
            for clip, surfaces in found.surfaces.items():
                whole.surfaces.setdefault(clip, []).extend(surfaces)
            done += len(chunk.frames)
            progress(done, total)
    finally:
        pool.shutdown(cancel_futures=True)
    gaps = tuple(line for clip in data_set.clips if (line := _find_gap(clip)))
    return Inspection(
        data_set=data_set,
        counts=compare_with_release(data_set),
        scans=sum(len(clip.frames) for clip in data_set.clips),
        read=total,
        usable=whole.usable,
        faults=tuple(whole.faults),
        gaps=gaps,
        bare=tuple(whole.bare) if len(whole.bare) < whole.usable else (),
        alike=tuple(name_alike(data_set)),
        units=dict(whole.units),
        left_out=tuple(whole.left_out),
        twins=_find_twins(whole.surfaces),
    )


def name_alike(data_set: DataSet) -> list[str]:
    """Subjects, labels and clips that differ in case, blanks or Unicode form alone, a line for each group of them.

    Two such names are two people, who may stand on both sides of a split, two classes, or two halves of one clip.
    """
    labels = {label for clip in data_set.clips for label in clip.labels}
    clips: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for clip in data_set.clips:  # of one subject and label: a clip may be named after them, of whom a line tells
        clips.setdefault((clip.subject, clip.labels), []).append(clip.id)
    return [
        *describe_alike("subject", data_set.subjects),
        *describe_alike("label", labels),
        *chain.from_iterable(describe_alike("clip", names) for names in clips.values()),
    ]


def _split(data_set: DataSet, quick: bool) -> Iterator[_Chunk]:
    reader = READERS.get(data_set.name)
    check = reader.check_landmarks if reader else None
    for clip in data_set.clips:
        count = min(len(clip.frames), 1) if quick else len(clip.frames)
        for start in range(0, count, _CHUNK):
            yield _Chunk(clip, range(start, min(start + _CHUNK, count)), check)


def _read(chunk: _Chunk) -> _Findings:
    found = _Findings()
    for number in chunk.frames:
        scan = _name_scan(chunk.clip, number)
        try:
            read = chunk.clip.frames[number]
        except BadFile as error:
            found.faults.append(FileFault(str(error.file), error.words))
        except UserError as error:
            found.faults.append(FileFault(scan, str(error)))
        except Exception as error:  # a reader that fails on one scan must not stop the others
            found.faults.append(
                FileFault(scan, f"the reader failed, please report it: {type(error).__name__}: {error}")
            )
        else:
            if amiss := tell_amiss(read):
                found.faults.append(FileFault(scan, amiss))
                continue
            found.units[str(name_unit(read.vertices))] += 1
            found.usable += 1
            found.surfaces.setdefault(chunk.clip.id, []).append(_hash_surface(read))
            found.bare += [] if read.texture else [scan]
            found.left_out += [f"{scan}: {read.left_out}"] if read.left_out else []
            found.faults += _check_picture(read.texture)
            found.faults += _check_landmarks(chunk, number, read)
    return found


def _hash_surface(scan: Scan) -> str:
    return hashlib.sha256(scan.vertices.tobytes() + scan.triangles.tobytes()).hexdigest()


def _find_twins(surfaces: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Groups of clips of equal surfaces in equal order: what stands there twice, perhaps under two names."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for clip, hashes in surfaces.items():
        groups.setdefault(tuple(hashes), []).append(clip)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _check_picture(picture: Path | None) -> list[FileFault]:
    """Returns the fault of an image that cannot be opened; does not decode pixels, which would take too long."""
    try:
        with open_picture(picture) if picture else nullcontext():
            return []
    except BadFile as error:
        return [FileFault(str(error.file), error.words)]


def _check_landmarks(chunk: _Chunk, number: int, scan: Scan) -> list[FileFault]:
    """Returns the fault that the data set's own check finds in the landmarks of a frame."""
    files = chunk.clip.frames
    landmarks = files.landmarks[number] if isinstance(files, ScanFiles) else None
    if landmarks is None or chunk.check_landmarks is None:
        return []
    amiss = chunk.check_landmarks(scan, landmarks)
    return [FileFault(str(landmarks), amiss)] if amiss else []


def _name_scan(clip: Clip, number: int) -> str:
    """Returns the file of a frame's scan, or a description if there is no file."""
    return str(clip.frames.scans[number]) if isinstance(clip.frames, ScanFiles) else f"{clip.id}, frame {number}"


def _find_gap(clip: Clip) -> str:
    """Returns a text with the numbers missing between a clip's first and last frame; empty if there are none."""
    if not isinstance(clip.frames, ScanFiles) or len(clip.frames) < 2:
        return ""
    found = [_NUMBER.search(path.stem) for path in clip.frames.scans]
    numbers = sorted({int(match[1]) for match in found if match})
    if not numbers:
        return ""
    lacking = numbers[-1] - numbers[0] + 1 - len(numbers)  # may be billions, where files are named by their time
    gaps = chain.from_iterable(range(one + 1, other) for one, other in pairwise(numbers))
    more = f" and {lacking - 3} more" if lacking > 3 else ""
    return f"{clip.id} lacks {', '.join(map(str, islice(gaps, 3)))}{more}" if lacking else ""
