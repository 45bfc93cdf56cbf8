"""Reads zip archives without unpacking them: an archive counts as a folder, e.g. in the path `F001.zip/T1/0001.obj`.

No file is ever created under a name from an archive, so no entry can write or open anything outside of it.
"""

from __future__ import annotations

import lzma
import os
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.util import Finalize
from pathlib import Path, PurePosixPath
from stat import S_ISLNK

from smile.data.face import Skipped
from smile.errors import BadFile

#: Largest file that is read from an archive, in bytes; a scan of 50,000 vertices has about 10 MB as text.
MOST_BYTES = 2**28

_KEPT = 512  # number of lasting copies that a process keeps; the oldest is deleted first
_REMEDY = "copy the archive anew, or unpack it"
# What zipfile raises on archives that are broken, encrypted, or compressed with an unknown method.
_FAULTS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError, ValueError)


def is_archive(path: Path) -> bool:
    """Returns whether `path` is a file that is read as a zip archive."""
    return path.suffix.lower() == ".zip" and path.is_file()


def list_archive(archive: Path, name: str, skipped: list[Skipped]) -> Iterator[tuple[Path, list[str]]]:
    """Yields each folder in `archive` that holds files, as a path into it, with the sorted names of its files.

    Links, and entries that lead out of the archive, are left out and added to `skipped` under `name`. An archive that
    cannot be read is added too.
    """
    try:
        contents = _open(archive)
    except _FAULTS as error:
        skipped.append(Skipped(name, f"is no zip archive that can be read: {error}", str(archive)))
        return
    if contents.refused:
        example = f"{len(contents.refused)} of its entries, such as {contents.refused[0]!r}"
        skipped.append(Skipped(name, f"{example}, lead out of it or are links", str(archive)))
    folders: dict[str, list[str]] = {}
    for entry in sorted(contents.entries):
        folder, _, file = entry.rpartition("/")
        folders.setdefault(folder, []).append(file)
    yield from ((archive / folder, names) for folder, names in folders.items())


@contextmanager
def lend(path: Path) -> Iterator[Path]:
    """Yields a file with the content of `path`: the file on disk itself, or a temporary copy of a file in an archive.

    Raises BadFile where the archive cannot provide the file. A BadFile that names the copy is raised again with `path`.
    """
    if locate(path) is None:
        yield path
        return
    copy = _copy(path)
    try:
        yield copy
    except BadFile as error:
        if error.file != copy:
            raise
        raise BadFile(path, error.place, error.reason, error.remedy) from None
    finally:
        copy.unlink(missing_ok=True)


def read_head(path: Path, size: int) -> bytes:
    """Returns the first `size` bytes of a file, on disk or in an archive; empty where it cannot be read."""
    try:
        return _read(path, size)
    except BadFile:  # a later read of the whole file reports the error
        return b""


def lasting(path: Path) -> Path:
    """Returns a file with the content of `path` for later use, e.g. a texture: the file itself, or a copy.

    A process keeps its latest 512 copies, and deletes them when it ends.
    """
    if locate(path) is None:
        return path
    _, kept = _shelf(os.getpid())
    kept.append(_copy(path))
    if len(kept) > _KEPT:
        kept.popleft().unlink(missing_ok=True)
    return kept[-1]


def exists(path: Path) -> bool:
    """Returns whether `path` is a file, on disk or in an archive."""
    return path.is_file() if locate(path) is None else _find(path) is not None


def stamp(path: Path) -> tuple[str, int, int]:
    """Returns name, size, and change time (on disk) or checksum (in an archive), for content keys."""
    if locate(path) is None:
        try:
            status = path.stat()
        except OSError:  # a broken link; reading its frame reports the error
            return path.name, -1, -1
        return path.name, status.st_size, status.st_mtime_ns
    entry = _find(path)
    return (path.name, entry.file_size, entry.CRC) if entry else (path.name, -1, -1)


def locate(path: Path) -> tuple[Path, str] | None:
    """Returns the archive that `path` leads into, and the name of the entry; None for a path on disk."""
    place = _locate_folder(path.parent) if ".zip" in str(path).lower() else None
    if place is None:
        return None
    return place[0], f"{place[1]}/{path.name}" if place[1] else path.name


# Frames come folder by folder, and each frame asks whether its folder lies in an archive.
@lru_cache(maxsize=64)
def _locate_folder(folder: Path) -> tuple[Path, str] | None:
    archive = next((parent for parent in (folder, *folder.parents) if is_archive(parent)), None)
    if archive is None:
        return None
    return archive, "" if archive == folder else folder.relative_to(archive).as_posix()


def _find(path: Path) -> zipfile.ZipInfo | None:
    archive, name = locate(path) or (path, "")
    try:
        return _open(archive).entries.get(name)
    except _FAULTS:
        return None


def _read(path: Path, size: int | None = None) -> bytes:
    """Reads the whole file, or its first `size` bytes."""
    archive, name = locate(path) or (path, "")
    try:
        if archive == path:
            with path.open("rb") as file:
                return file.read(size)
        contents = _open(archive)
        entry = contents.entries[name]
        if entry.file_size > MOST_BYTES:
            raise BadFile(path, "", f"says that it has {entry.file_size:,} bytes; {MOST_BYTES:,} are allowed", _REMEDY)
        with contents.file.open(entry) as packed:
            # A read without a limit would first unpack all that an entry holds beyond its stated size.
            return packed.read(entry.file_size + 1 if size is None else size)
    except KeyError:
        raise BadFile(path, "", "is not in the archive", _REMEDY) from None
    except _FAULTS as error:
        raise BadFile(path, "", f"cannot be unpacked: {error}", _REMEDY) from None


@dataclass(frozen=True)
class _Archive:
    """Holds an open archive: its entries by path, and the names of entries that must not be used."""

    file: zipfile.ZipFile
    entries: dict[str, zipfile.ZipInfo]
    refused: list[str]


def _open(archive: Path) -> _Archive:
    return _read_directory(archive, archive.stat().st_mtime_ns, os.getpid())


# The archive of a subject lists about 50,000 entries. A process reads the list once, and again after a change.
@lru_cache(maxsize=8)
def _read_directory(archive: Path, _changed: int, _process: int) -> _Archive:
    contents = _Archive(zipfile.ZipFile(archive), {}, [])
    for entry in contents.file.infolist():
        if not _is_safe(entry):
            contents.refused.append(entry.filename)
        elif not entry.is_dir():
            contents.entries[PurePosixPath(entry.filename).as_posix()] = entry
    return contents


def _is_safe(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename
    outside = name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")
    return not outside and not S_ISLNK(entry.external_attr >> 16)


def _copy(path: Path) -> Path:
    content = _read(path)
    handle, name = tempfile.mkstemp(dir=_shelf(os.getpid())[0], suffix=path.suffix.lower())
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return Path(name)


@lru_cache(maxsize=1)
def _shelf(_process: int) -> tuple[Path, deque[Path]]:
    """Returns the folder of a process for its copies, and the list of the copies that must last."""
    folder = Path(tempfile.mkdtemp(prefix="smile-"))
    # Unlike atexit, this also runs when a worker process of multiprocessing ends.
    Finalize(None, shutil.rmtree, args=(folder, True), exitpriority=0)
    return folder, deque()
