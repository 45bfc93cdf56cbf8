"""Times a random batch of 64 clips with 12 views: our memory map beside PNG files, WebDataset and a bare copy."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np

from bench.speed.peers.picture_stores import PEERS, ReadBatch
from bench.speed.row import SpeedRow
from bench.speed.scans import make_scan
from bench.speed.timing import interleave
from smile.arrays import Int64, UInt8
from smile.config import Rendering
from smile.progress import Reporter, report_each
from smile.rendering.clip_pictures import draw_scans
from smile.rendering.motion.channels import layers_of, paint
from smile.rendering.motion.film import assemble
from smile.rendering.views import gather_rows

VIEWS, BATCH = 12, 64
#: Size of an image -> number of clips in the cache, several batches.
CLIPS = {64: 512, 224: 160}
ROUNDS = 5
_OURS, _NOTE = "ours", "uint8, 4 planes, in memory, one thread"


def time_cache(reporter: Reporter) -> list[SpeedRow]:
    """Returns a row for each size and peer; every way must return the stored images of the clips that it names."""
    rows = []
    for size, count in report_each(reporter, "Timing the cache", CLIPS.items()):
        with tempfile.TemporaryDirectory() as folder:
            rows += time_readers(Path(folder), make_pictures(count, size))
    return rows


def time_readers(folder: Path, pictures: UInt8, batch: int = BATCH) -> list[SpeedRow]:
    """Returns the rows of one cache, which is written into the folder in every way."""
    np.save(folder / "images.npy", pictures)
    images = np.load(folder / "images.npy", mmap_mode="r")
    draws = np.random.default_rng(0)
    wanted = cycle([draws.choice(len(images), batch, replace=False) for _ in range(16)])
    source, first = pictures[:batch].copy(), next(wanted)
    target, buffer = np.empty_like(source), np.empty_like(source)
    # Ours reads as Batches does. A bare copy gathers nothing; it only moves the same number of bytes.
    ways: dict[str, Callable[[], object]] = {
        _OURS: lambda: gather_rows(images, next(wanted), buffer),
        "np.copyto of as many bytes": lambda: np.copyto(target, source),
    }
    whole = np.array_equal(images, pictures) and np.array_equal(gather_rows(images, first, buffer), pictures[first])
    same = {name: whole for name in ways if name != _OURS}
    for name, peer in PEERS.items():
        try:
            read = peer(folder, pictures, batch)
        except ImportError:
            same[name] = False
            continue
        keys, found = read(first)
        same[name] = np.array_equal(found, images[keys])
        ways[name] = partial(_read_next, read, wanted)
    return _report(pictures[:batch], len(pictures), interleave(ways, ROUNDS), same)


def _read_next(read: ReadBatch, wanted: Iterator[Int64]) -> UInt8:
    return read(next(wanted))[1]


def _report(batch: UInt8, count: int, seconds: Mapping[str, float], same: Mapping[str, bool]) -> list[SpeedRow]:
    views = batch.shape[0] * batch.shape[1]
    size = f"{batch.shape[1]} views of {batch.shape[-1]} px, {batch.nbytes / 1e6:.0f} MB"
    return [
        SpeedRow(
            stage="cache",
            case=f"{len(batch)} of {count} clips, {size}",
            ours=views / seconds[_OURS],
            peer=views / seconds[name] if name in seconds else None,
            peer_name=name,
            unit="views/s",
            equal=equal,
            note=_NOTE if name in seconds else "not installed: pip install -e '.[speed]'",
        )
        for name, equal in same.items()
    ]


def make_pictures(count: int, size: int) -> UInt8:
    """Makes clips of one drawn face, shifted by some pixels and with weak noise, so that they compress like images."""
    rendering = Rendering(view_count=VIEWS, image_size=size)
    names = rendering.static_channels
    face = paint(names, assemble(draw_scans([make_scan()], rendering, layers_of(names))))
    rng = np.random.default_rng(0)
    pictures = np.empty((count, *face.shape), dtype=np.uint8)
    for clip in pictures:
        noise = rng.integers(0, 3, face.shape, dtype=np.uint8)
        clip[:] = np.roll(face, rng.integers(-6, 7, 2), axis=(2, 3)) // 2 + noise
    return pictures
