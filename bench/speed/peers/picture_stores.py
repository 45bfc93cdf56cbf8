"""Where a user would keep pictures for training: a PNG file a view, or a WebDataset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from smile.arrays import Int64, UInt8

ReadBatch = Callable[[Int64], tuple[Int64, UInt8]]  # the clips that are wanted -> those that are given, and theirs


def write_pictures(images: UInt8, folder: Path) -> None:
    """One file a view, its four planes as red, green, blue and alpha."""
    for number, clip in enumerate(images):
        for view, planes in enumerate(clip):
            picture = Image.fromarray(np.ascontiguousarray(planes.transpose(1, 2, 0)))
            picture.save(folder / f"{number}_{view}.png")


def write_png(folder: Path, pictures: UInt8, _batch: int) -> ReadBatch:
    """Every clip from its files."""
    write_pictures(pictures, folder)

    def read(rows: Int64) -> tuple[Int64, UInt8]:
        found = np.empty((len(rows), *pictures.shape[1:]), dtype=np.uint8)
        for clip, row in zip(found, rows, strict=True):
            for view, planes in enumerate(clip):
                with Image.open(folder / f"{row}_{view}.png") as picture:
                    planes[:] = np.asarray(picture).transpose(2, 0, 1)
        return rows, found

    return read


def write_webdataset(folder: Path, pictures: UInt8, batch: int) -> ReadBatch:
    """A tar with one .npy a clip, shuffled in memory: it cannot be read at random, so it gives what comes next."""
    import webdataset

    place = folder / "clips.tar"
    with webdataset.TarWriter(str(place)) as tar:
        for number, clip in enumerate(pictures):
            tar.write({"__key__": str(number), "images.npy": clip})
    shuffled = webdataset.WebDataset(str(place), shardshuffle=False).repeat().shuffle(2 * batch)
    batches = iter(shuffled.decode().to_tuple("__key__", "images.npy").batched(batch))

    def read(_rows: Int64) -> tuple[Int64, UInt8]:
        keys, found = next(batches)
        return np.array([int(key) for key in keys]), np.asarray(found)

    return read


#: Name of a peer -> writes pictures [clips, ...] into a folder for batches of so many clips, and gives what reads them.
PEERS: dict[str, Callable[[Path, UInt8, int], ReadBatch]] = {
    "PNG, PIL": write_png,
    "WebDataset, npy": write_webdataset,
}
