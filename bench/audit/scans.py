"""Draws the fingerprints of many scans side by side, keeps them, and names scans that cannot be compared."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.audit.copies import Copy, find_copies
from bench.audit.fingerprint import FacePrint, draw_print
from smile.atomic import replacing
from smile.data.disk import ScanFiles
from smile.data.face import Clip, DataSet, Scan
from smile.digests import digest
from smile.errors import BadFile, UserError
from smile.provenance import source_hash

#: What decides a fingerprint beside the scan.
_SOURCES = ("bench/audit/fingerprint.py", "smile/rendering/pose", "smile/rendering/raster", "smile/data/units.py")


@dataclass(frozen=True)
class Shot:
    """Names one scan: whom it shows, what it is called, where it is read, and a key of its content."""

    name: str
    subject: str
    frames: Sequence[Scan]
    number: int
    content_key: str


@dataclass(frozen=True)
class Likeness:
    """Holds what a comparison of scans found."""

    shots: tuple[Shot, ...]  # those that were compared
    copies: tuple[Copy, ...]  # their numbers are rows of `shots`
    faults: tuple[tuple[str, str], ...]  # (name, reason) of each scan that could not be compared


def take_shot(clip: Clip, subject: str, name: str = "", number: int | None = None) -> Shot:
    """Returns one scan of a clip: frame `number`, or the one in the middle, where an expression is at its height."""
    return Shot(
        name or clip.id, subject, clip.frames, len(clip.frames) // 2 if number is None else number, clip.content_key
    )


def take_all(data_sets: Sequence[DataSet]) -> list[Shot]:
    """Returns a scan of each clip on disk; generated faces are left out, as there is nothing that anyone could copy."""
    return [
        take_shot(clip, f"{data_set.name}:{clip.subject}", f"{data_set.name}:{clip.id}")
        for data_set in data_sets
        for clip in data_set.clips
        if isinstance(clip.frames, ScanFiles)
    ]


def compare_shots(
    shots: Sequence[Shot], cache: Path, progress: Callable[[str, int, int], None], workers: int | None = None
) -> Likeness:
    """Finds copies among scans of different people; the result is the same for any number of `workers` (threads).

    Fingerprints that are in the cache are not drawn again, so that a stopped run continues. A scan that cannot be read,
    or shows no face, is a fault and stops nothing.
    """
    kept, prints, faults = list[Shot](), list[FacePrint](), list[tuple[str, str]]()
    what = "Comparing scans"
    pool = ThreadPoolExecutor(max_workers=workers or os.cpu_count())
    try:
        if shots:  # made faces are not compared, and their user is not told so each time
            progress(what, 0, len(shots))
        for done, found in enumerate(pool.map(lambda shot: _draw(shot, cache), shots), start=1):
            shot = shots[done - 1]
            if isinstance(found, FacePrint):
                kept.append(shot)
                prints.append(found)
            else:
                faults.append((shot.name, found))
            progress(what, done, len(shots))
    finally:
        pool.shutdown(cancel_futures=True)
    copies = find_copies(prints, [shot.subject for shot in kept])
    return Likeness(tuple(kept), tuple(copies), tuple(faults))


def _draw(shot: Shot, cache: Path) -> FacePrint | str:
    """Returns the fingerprint of a scan, or why there is none."""
    place = cache / "prints" / f"{digest([shot.content_key, shot.number, source_hash(*_SOURCES)], 32)}.npy"
    kept = _read(place)
    if kept is not None:
        return kept
    try:
        drawn = draw_print(shot.frames[shot.number])
    except BadFile as error:
        return f"{error.file.name}: {error.words}"
    except UserError as error:
        return str(error)
    except Exception as error:  # a scan that breaks the program must not stop the others
        return f"please report it: {type(error).__name__}: {error}"
    with replacing(place) as temporary, temporary.open("wb") as file:
        np.save(file, drawn.reliefs, allow_pickle=False)
    return drawn


def _read(place: Path) -> FacePrint | None:
    try:
        reliefs = np.load(place, allow_pickle=False)
    except (OSError, ValueError, EOFError):  # missing, or a torn file that is drawn again
        return None
    return FacePrint(reliefs) if reliefs.ndim == 3 and reliefs.dtype == np.float32 and len(reliefs) else None
