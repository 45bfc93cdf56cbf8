"""Draws the part of one clip: its images, or the reason why there are none, as bytes that can be sent elsewhere."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from smile.config import Rendering
from smile.data.face import Clip
from smile.errors import UserError
from smile.limits import read_regular
from smile.rendering.clip_pictures import ClipPictures, render_clip

#: Draws clips: yields (number of the clip, its part) in any order, each as soon as it is done.
Draw = Callable[[Sequence[Clip], Rendering], Iterator[tuple[int, bytes]]]


@dataclass(frozen=True)
class ClipPart:
    """Holds the images of a clip, or the reason why there are none."""

    pictures: ClipPictures | None
    reason: str = ""


def draw_part(clip: Clip, rendering: Rendering) -> bytes:
    """Returns the part of a clip as bytes for `read_part`; a clip that cannot be used gives a reason, not an error."""
    try:
        return pack_part(render_clip(clip, rendering))
    except UserError as error:
        file = io.BytesIO()
        np.savez(file, reason=np.array(str(error)))
        return file.getvalue()


def pack_part(pictures: ClipPictures) -> bytes:
    """Returns the part of a clip with images as bytes for `read_part`."""
    file = io.BytesIO()
    faults = np.array(json.dumps(pictures.faults))
    np.savez(file, images=pictures.images, landmarks=pictures.landmarks, faults=faults)
    return file.getvalue()


def read_part(path: Path) -> ClipPart | None:
    """Reads the part at `path`; returns None if it is missing or damaged."""
    try:
        with np.load(io.BytesIO(read_regular(path))) as part:
            if "reason" in part:
                return ClipPart(None, str(part["reason"]))
            faults = tuple((int(frame), str(reason)) for frame, reason in json.loads(str(part["faults"])))
            return ClipPart(ClipPictures(part["images"], part["landmarks"], faults))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def in_threads(workers: int) -> Draw:
    """Returns a way to draw with this many threads of this process; compiled code of the threads runs in parallel."""

    def draw(clips: Sequence[Clip], rendering: Rendering) -> Iterator[tuple[int, bytes]]:
        waiting: dict[Future[bytes], int] = {}
        pool = ThreadPoolExecutor(max_workers=workers)
        try:
            for number, clip in enumerate(clips):
                if (
                    len(waiting) > workers
                ):  # one part more than there are threads, so that no thread is idle and no part waits long
                    yield from _collect(waiting)
                waiting[pool.submit(draw_part, clip, rendering)] = number
            while waiting:
                yield from _collect(waiting)
        finally:
            pool.shutdown(cancel_futures=True)

    return draw


def _collect(waiting: dict[Future[bytes], int]) -> Iterator[tuple[int, bytes]]:
    """Waits until at least one part is done; yields all finished parts."""
    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
        yield waiting.pop(future), future.result()
