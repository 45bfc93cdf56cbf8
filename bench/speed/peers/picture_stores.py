"""Stores images for training as a user would: as one PNG file per view, or as a WebDataset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from smile.arrays import Int64, UInt8

ReadBatch = Callable[[Int64], tuple[Int64, UInt8]]  # wanted clips -> returned clips, their images


def write_pictures(images: UInt8, folder: Path) -> None:
    """Writes one file per view, with its four planes as red, green, blue and alpha."""
    for number, clip in enumerate(images):
        for view, planes in enumerate(clip):
            picture = Image.fromarray(np.ascontiguousarray(planes.transpose(1, 2, 0)))
            picture.save(folder / f"{number}_{view}.png")


def write_png(folder: Path, pictures: UInt8, _batch: int) -> ReadBatch:
    """Writes PNG files; returns a function that reads every wanted clip from its files."""
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
    """Writes a tar with one .npy per clip, shuffled in memory; the reader gives the next clips, not the wanted ones."""
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


#: Name of a peer -> function that writes images [clips, ...] into a folder and returns a reader of batches.
PEERS: dict[str, Callable[[Path, UInt8, int], ReadBatch]] = {
    "PNG, PIL": write_png,
    "WebDataset, npy": write_webdataset,
}
