"""The picture that belongs to a scan: the one that its file names, else the one of the scan's own name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

#: Suffixes of pictures that may lie beside a scan under its name.
PICTURES = (".jpg", ".jpeg", ".png", ".bmp")


def find_picture(path: Path, name: str) -> Path | None:
    """The picture of the scan at `path`; a `name` that leads out of its folder is ignored."""
    return next((picture for picture in _candidates(path, name) if _is_file(picture)), None)


def _candidates(path: Path, name: str) -> Iterator[Path]:
    inside = os.path.normpath(name)
    if Path(inside).suffix.lower() in PICTURES and not Path(inside).is_absolute() and not inside.startswith(".."):
        yield path.parent / inside
    for suffix in PICTURES:
        yield path.with_suffix(suffix)
        yield path.with_suffix(suffix.upper())


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that the file system cannot hold
        return False
