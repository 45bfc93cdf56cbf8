"""Where the workers of a run read its images: in the cache, where they lie, or else in a copy in the run's folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from smile.arrays import UInt8
from smile.atomic import find_existing
from smile.errors import BadFile

#: Bytes of an image in a mark, and images that it looks at: 256 KiB of any number of clips.
_PIECE, _PIECES = 4096, 64


def find_mapped(images: UInt8) -> Path | None:
    """The .npy file that these images [N, V, C, H, W] map as a whole; None where they are a part, or in memory."""
    if not isinstance(images, np.memmap) or images.filename is None:
        return None
    file = Path(images.filename)
    try:
        whole = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):  # EOFError: an empty file
        return None
    same = (whole.shape, whole.dtype, whole.offset) == (images.shape, images.dtype, images.offset)
    return file if same and images.flags.c_contiguous and mark_images(whole) == mark_images(images) else None


def share_storage(one: Path, other: Path) -> bool:
    """Whether both places, or what exists above them, lie on one file system: who sees one of them sees the other."""
    return find_existing(one).stat().st_dev == find_existing(other).stat().st_dev


def mark_images(images: UInt8) -> str:
    """Returns 64 hexadecimal digits that tell these images [N, V, C, H, W] from others, and read 256 KiB at most.

    The hash covers their shape, and a piece of 64 clips from the first to the last. So it tells a file that was
    drawn anew with other settings, or cut off, or replaced; a changed byte elsewhere it does not tell.
    """
    found = hashlib.sha256(repr((images.shape, str(images.dtype))).encode())
    for row in sorted({int(one) for one in np.linspace(0, max(len(images) - 1, 0), _PIECES)} if len(images) else ()):
        clip = np.ascontiguousarray(images[row]).reshape(-1)
        start = row * _PIECE % max(len(clip) - _PIECE, 1)
        found.update(clip[start : start + _PIECE].tobytes())
    return found.hexdigest()


def open_mapped(file: Path, marked: str, remedy: str) -> UInt8:
    """Opens images as a memory map; BadFile, with the remedy, where they cannot be read or have another mark.

    An empty mark is not compared.
    """
    try:
        images: UInt8 = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadFile(file, "", f"cannot be read: {error}", remedy) from error
    if marked and mark_images(images) != marked:
        raise BadFile(file, "", "does not hold the images with which this run began", "start the same command again")
    return images
