"""The part of a cache that one clip makes: its pictures, or the reason why there are none, as bytes that may travel."""

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
from smile.rendering.clip_pictures import ClipPictures, render_clip

#: Draws clips: yields (which of them, its part) in any order, as soon as each is done.
Draw = Callable[[Sequence[Clip], Rendering], Iterator[tuple[int, bytes]]]


@dataclass(frozen=True)
class ClipPart:
    """What became of a clip: pictures, or a reason."""

    pictures: ClipPictures | None
    reason: str = ""


def draw_part(clip: Clip, rendering: Rendering) -> bytes:
    """The part of a clip, for `read_part`; whatever makes the clip useless is its reason, never an error."""
    try:
        return pack_part(render_clip(clip, rendering))
    except UserError as error:
        file = io.BytesIO()
        np.savez(file, reason=np.array(str(error)))
        return file.getvalue()


def pack_part(pictures: ClipPictures) -> bytes:
    """The part of a clip that has pictures, for `read_part`."""
    file = io.BytesIO()
    faults = np.array(json.dumps(pictures.faults))
    np.savez(file, images=pictures.images, landmarks=pictures.landmarks, faults=faults)
    return file.getvalue()


def read_part(path: Path) -> ClipPart | None:
    """The part at `path`; None where there is none, or none that is whole."""
    try:
        with np.load(io.BytesIO(path.read_bytes())) as part:
            if "reason" in part:
                return ClipPart(None, str(part["reason"]))
            faults = tuple((int(frame), str(reason)) for frame, reason in json.loads(str(part["faults"])))
            return ClipPart(ClipPictures(part["images"], part["landmarks"], faults))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def in_threads(workers: int) -> Draw:
    """Draws with that many threads of this process; the compiled parts of reading and drawing run side by side."""

    def draw(clips: Sequence[Clip], rendering: Rendering) -> Iterator[tuple[int, bytes]]:
        waiting: dict[Future[bytes], int] = {}
        pool = ThreadPoolExecutor(max_workers=workers)
        try:
            for number, clip in enumerate(clips):
                if (
                    len(waiting) > workers
                ):  # one more than can be drawn, so that no thread is idle, and no part waits long
                    yield from _collect(waiting)
                waiting[pool.submit(draw_part, clip, rendering)] = number
            while waiting:
                yield from _collect(waiting)
        finally:
            pool.shutdown(cancel_futures=True)

    return draw


def _collect(waiting: dict[Future[bytes], int]) -> Iterator[tuple[int, bytes]]:
    """Waits until at least one part is done and takes those that are."""
    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
        yield waiting.pop(future), future.result()
