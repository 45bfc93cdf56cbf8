"""Finds the texture image of a scan: the image that its file names, or else the image with the scan's name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

#: Suffixes of images that may lie beside a scan under its name.
PICTURES = (".jpg", ".jpeg", ".png", ".bmp")


def find_picture(path: Path, name: str) -> Path | None:
    """Returns the image of the scan at `path`, or None; ignores a `name` that leads out of the scan's folder."""
    return next((picture for picture in _candidates(path, name) if _is_file(picture)), None)


def find_inside(path: Path, name: str) -> Path | None:
    """Returns the path `name` beside or below the scan at `path`; None if it is empty or leads out of the folder."""
    inside = os.path.normpath(name)
    outside = not name or Path(inside).is_absolute() or inside.startswith("..") or "\0" in name
    return None if outside else path.parent / inside


def _candidates(path: Path, name: str) -> Iterator[Path]:
    named = find_inside(path, name)
    if named is not None and named.suffix.lower() in PICTURES:
        yield named
    for suffix in PICTURES:
        yield path.with_suffix(suffix)
        yield path.with_suffix(suffix.upper())


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the file system does not allow such a name
        return False
