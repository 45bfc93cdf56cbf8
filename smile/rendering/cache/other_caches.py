"""Reuses clips of other caches in the same folder, and deletes caches that nobody uses.

Example: one replaced scan makes a new cache, but only the clip of this scan is drawn; all others are copied.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from smile.errors import UserError
from smile.locks import hold_lock
from smile.rendering.cache.packed import PackedViews, read_index, read_packed
from smile.rendering.cache.parts import pack_part
from smile.rendering.clip_pictures import ClipPictures

#: File that a process locks while it works on a cache; its change time is the time of the last use.
LOCK = "lock"

_NAME = re.compile(r".+-[0-9a-f]{16}")
_DAY = 86_400.0  # seconds


def borrow(place: Path, keys: Sequence[str], schemes: Sequence[str | None]) -> Iterator[tuple[int, bytes]]:
    """Yields (number of the clip, its part) for clips whose key a finished cache beside `place` holds, newest first.

    `schemes` are the clips' landmark schemes: a cache keeps landmarks of one scheme only.
    """
    wanted = {key: number for number, key in enumerate(keys)}
    others = [other for other in find_caches(place.parent) if other != place and _source(other) == _source(place)]
    for other in sorted(others, key=last_use, reverse=True):
        if not wanted.keys() & _rows(read_index(other)).keys():
            continue
        with _held(other) as free:
            packed = read_packed(other) if free else None
            if packed is None:
                continue
            for key, row in _rows(packed.index).items():
                if key in wanted and schemes[wanted[key]] in (None, packed.index.get("landmark_scheme")):
                    yield wanted.pop(key), _part(packed, row)


def find_caches(folder: Path) -> list[Path]:
    """Returns the caches in a folder, sorted by name; ignores everything else in the folder."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if _NAME.fullmatch(path.name) and (path / LOCK).is_file())


def delete_unused(folder: Path, days: float, keep: Path) -> list[tuple[Path, int]]:
    """Deletes caches that nobody used for `days`, except `keep`; returns each with the bytes that it took.

    A cache on which a process is working is not deleted.
    """
    before, gone = time.time() - days * _DAY, []
    for place in find_caches(folder):
        if place == keep or last_use(place) > before:
            continue
        with _held(place) as free:
            if free:
                gone.append((place, measure_bytes(place)))
                _delete(place)
    return gone


def measure_bytes(place: Path) -> int:
    """Returns the bytes of a cache's files."""
    total = 0
    for path in place.rglob("*"):
        with suppress(FileNotFoundError):  # a process at work may rename a file meanwhile
            total += path.stat().st_size
    return total


def last_use(place: Path) -> float:
    """Returns when a process last used a cache, in seconds since 1970."""
    return (place / LOCK).stat().st_mtime


def _source(place: Path) -> str:
    """Returns the name of the data set."""
    return place.name.rpartition("-")[0]


def _rows(index: Mapping[str, Any] | None) -> dict[str, int]:
    """Returns key of a clip -> its row in the arrays."""
    rows, clips = (index or {}).get("keys"), (index or {}).get("clips")
    if not isinstance(rows, dict) or not isinstance(clips, list):
        return {}
    return {key: row for key, row in rows.items() if row in range(len(clips))}


def _part(packed: PackedViews, row: int) -> bytes:
    return pack_part(ClipPictures(np.array(packed.images[row]), packed.landmarks[row]))


@contextmanager
def _held(place: Path) -> Iterator[bool]:
    """Yields whether the cache could be locked at once; keeps the lock meanwhile."""
    with ExitStack() as stack:
        try:
            stack.enter_context(hold_lock(place / LOCK, "another process is at work"))
            free = True
        except (UserError, OSError):  # OSError: the cache of another user, or a deleted cache
            free = False
        yield free


def _delete(place: Path) -> None:
    """Deletes a cache and its lock last, so that a killed process leaves a cache that can be deleted again."""
    for path in place.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()
    (place / LOCK).unlink()
    with suppress(OSError):  # a process that waited for the lock has started the cache again
        place.rmdir()
