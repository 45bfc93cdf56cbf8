"""A random batch of 64 clips from 12 views: our memory map beside a folder of PNG, WebDataset and a bare copy."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.speed.row import Row
from bench.speed.scans import make_scan
from bench.speed.timing import interleave
from smile.config import Rendering
from smile.progress import Reporter
from smile.rendering.channels import layers_of, paint
from smile.rendering.clip_pictures import draw
from smile.rendering.motion import assemble
from smile.rendering.views import gather

Pictures = NDArray[np.uint8]  # [clips, views, planes, H, W]
Numbers = NDArray[np.int64]
Read = Callable[[Numbers], tuple[Numbers, Pictures]]  # the clips that are wanted -> those that are given, and theirs

VIEWS, BATCH = 12, 64
#: Size of a picture -> clips in the cache, several batches of it.
CLIPS = {64: 512, 224: 160}
ROUNDS = 5
_OURS, _NOTE = "ours", "uint8, 4 planes, in memory, one thread"


def time_cache(reporter: Reporter) -> list[Row]:
    """A row a size and peer; every way gives the same pictures, or the shuffled ones of the clips that it names."""
    rows = []
    for number, (size, count) in enumerate(CLIPS.items()):
        reporter("Timing the cache", number, len(CLIPS))
        with tempfile.TemporaryDirectory() as folder:
            rows += compare(Path(folder), make_pictures(count, size))
    reporter("Timing the cache", len(CLIPS), len(CLIPS))
    return rows


def compare(folder: Path, pictures: Pictures, batch: int = BATCH) -> list[Row]:
    """The rows of one cache, which is written into the folder in every way."""
    np.save(folder / "images.npy", pictures)
    images = np.load(folder / "images.npy", mmap_mode="r")
    draws = np.random.default_rng(0)
    wanted = cycle([draws.choice(len(images), batch, replace=False) for _ in range(16)])
    source, first = pictures[:batch].copy(), next(wanted)
    target, buffer = np.empty_like(source), np.empty_like(source)
    # As Batches reads them; a bare copy has nothing to gather, it only moves as many bytes.
    ways: dict[str, Callable[[], object]] = {
        _OURS: lambda: gather(images, next(wanted), buffer),
        "np.copyto of as many bytes": lambda: np.copyto(target, source),
    }
    whole = np.array_equal(images, pictures) and np.array_equal(gather(images, first, buffer), pictures[first])
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


def _read_next(read: Read, wanted: Iterator[Numbers]) -> Pictures:
    return read(next(wanted))[1]


def _report(batch: Pictures, count: int, seconds: Mapping[str, float], same: Mapping[str, bool]) -> list[Row]:
    views = batch.shape[0] * batch.shape[1]
    size = f"{batch.shape[1]} views of {batch.shape[-1]} px, {batch.nbytes / 1e6:.0f} MB"
    return [
        Row(
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


def make_pictures(count: int, size: int) -> Pictures:
    """Clips of one drawn face: shifted by some pixels, with noise of two steps, so that they pack as pictures do."""
    rendering = Rendering(view_count=VIEWS, image_size=size)
    names = rendering.static_channels
    face = paint(names, assemble(draw([make_scan()], rendering, layers_of(names))))
    rng = np.random.default_rng(0)
    pictures = np.empty((count, *face.shape), dtype=np.uint8)
    for clip in pictures:
        noise = rng.integers(0, 3, face.shape, dtype=np.uint8)
        clip[:] = np.roll(face, rng.integers(-6, 7, 2), axis=(2, 3)) // 2 + noise
    return pictures


def write_png(folder: Path, pictures: Pictures, _batch: int) -> Read:
    """One file a view, its four planes as red, green, blue and alpha."""
    for number, clip in enumerate(pictures):
        for view, planes in enumerate(clip):
            Image.fromarray(np.ascontiguousarray(planes.transpose(1, 2, 0))).save(folder / f"{number}_{view}.png")

    def read(rows: Numbers) -> tuple[Numbers, Pictures]:
        found = np.empty((len(rows), *pictures.shape[1:]), dtype=np.uint8)
        for clip, row in zip(found, rows, strict=True):
            for view, planes in enumerate(clip):
                with Image.open(folder / f"{row}_{view}.png") as picture:
                    planes[:] = np.asarray(picture).transpose(2, 0, 1)
        return rows, found

    return read


def write_webdataset(folder: Path, pictures: Pictures, batch: int) -> Read:
    """A tar with one .npy a clip, shuffled in memory: it cannot be read at random, so it gives what comes next."""
    import webdataset

    place = folder / "clips.tar"
    with webdataset.TarWriter(str(place)) as tar:
        for number, clip in enumerate(pictures):
            tar.write({"__key__": str(number), "images.npy": clip})
    shuffled = webdataset.WebDataset(str(place), shardshuffle=False).repeat().shuffle(2 * batch)
    batches = iter(shuffled.decode().to_tuple("__key__", "images.npy").batched(batch))

    def read(_rows: Numbers) -> tuple[Numbers, Pictures]:
        keys, found = next(batches)
        return np.array([int(key) for key in keys]), np.asarray(found)

    return read


#: Name of a peer -> writes pictures [clips, ...] into a folder for batches of so many clips, and gives what reads them.
PEERS: dict[str, Callable[[Path, Pictures, int], Read]] = {
    "PNG, PIL": write_png,
    "WebDataset, npy": write_webdataset,
}
