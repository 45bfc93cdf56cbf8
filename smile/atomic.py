"""Writes a file completely or not at all: temporary file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Names of temporary files that `replacing` makes: `.<name>.<suffix>.<eight letters>.<suffix>`.
_TEMPORARY = re.compile(r"\..+(\.\w+)\.[a-z0-9_]{8}\1")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside `path`; without an error, the temporary file is synced and replaces `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    except OSError as error:
        error.filename = str(path)  # the user knows this name, not the temporary name
        raise
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files that only their owner can read, but a lab shares its caches and tables.
        temporary.chmod(0o666 & ~_umask())
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def forget_unfinished(folder: Path) -> None:
    """Removes the temporary files of killed writers from `folder`; call this only while nobody writes there."""
    for file in folder.glob(".*"):
        if _TEMPORARY.fullmatch(file.name):
            file.unlink(missing_ok=True)


def move_folder(folder: Path, target: Path) -> None:
    """Syncs the files of the flat `folder` and renames it to `target`, on the same file system.

    Deletes an older `target` first: a process that is killed between these two steps leaves no `target`.
    """
    for file in folder.iterdir():
        _sync(file)
    _sync(folder)
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(target)
    _sync(target.parent)


def move_file(file: Path, target: Path) -> None:
    """Syncs `file` and renames it to `target`, on the same file system; replaces an older `target`."""
    _sync(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    file.replace(target)
    _sync(target.parent)


def write_bytes(path: Path, content: bytes) -> None:
    """Writes `content` to `path` atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Writes `content` to `path` atomically, as UTF-8 with unix line ends."""
    write_bytes(path, content.encode())


def write_json(path: Path, content: Any) -> None:
    """Writes `content` as indented JSON with keys in their order; raises ValueError on a number that is not finite."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def create_json(path: Path, content: Any) -> bool:
    """Writes like `write_json`, but only where `path` is absent; returns whether it wrote.

    Of several writers at the same time, exactly one writes.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    temporary = Path(name)
    try:
        write_json(temporary, content)
        # A hard link, unlike a rename, does not replace an existing file.
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    _sync(path.parent)
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
