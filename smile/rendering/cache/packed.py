"""Reads and indexes a finished cache: `images.npy`, `landmarks.npy`, and `index.json` with their checksums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from smile import atomic
from smile.arrays import Float32, UInt8
from smile.digests import digest_file
from smile.errors import BadFile

IMAGES, LANDMARKS, INDEX = "images.npy", "landmarks.npy", "index.json"


@dataclass(frozen=True)
class PackedViews:
    """Holds the content of a finished cache; row n of both arrays belongs to the same clip."""

    images: UInt8  # [N, V, C, H, W], a read-only memory map
    landmarks: Float32  # [N, 2, L, 3]
    index: Mapping[str, Any]


def write_images(place: Path, count: int, rows: Iterable[UInt8]) -> None:
    """Writes `count` rows of equal shape [V, C, H, W] as one array; the space is reserved with the first row.

    Writes as to any file, not through a memory map: there a full disk would kill the process (SIGBUS), here it is an
    OSError that names the file and the bytes that it needs.
    """
    with atomic.replacing(place / IMAGES) as temporary, temporary.open("wb") as file:
        for number, row in enumerate(rows):
            if number == 0:
                head = {"descr": "|u1", "fortran_order": False, "shape": (count, *row.shape)}
                np.lib.format.write_array_header_1_0(file, head)
                atomic.reserve(file, file.tell() + count * row.size)
            file.write(np.ascontiguousarray(row).data)


def write_index(place: Path, content: Mapping[str, Any]) -> None:
    """Writes the index with checksums, which marks the arrays at `place` as finished."""
    checksums = {name: digest_file(place / name) for name in (IMAGES, LANDMARKS)}
    atomic.write_json(place / INDEX, {**content, "sha256": checksums})


def read_index(place: Path) -> dict[str, Any] | None:
    """Reads the index at `place`; returns None if there is no readable index."""
    try:
        return atomic.read_json(place / INDEX, "it is written anew")
    except BadFile:
        return None


def read_packed(place: Path) -> PackedViews | None:
    """Reads the finished cache at `place`; returns None if there is none, or if its bytes contradict the index."""
    index = read_index(place)
    try:
        if index is None or any(digest_file(place / name) != index["sha256"][name] for name in (IMAGES, LANDMARKS)):
            return None
        return PackedViews(np.load(place / IMAGES, mmap_mode="r"), np.load(place / LANDMARKS), index)
    except (OSError, ValueError, KeyError, TypeError):
        return None
