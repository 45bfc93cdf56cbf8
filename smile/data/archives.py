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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing.util import Finalize
from pathlib import Path, PurePosixPath
from stat import S_ISLNK, S_ISREG

from smile.data.face import Skipped
from smile.data.files import open_file
from smile.data.names import find_path, fold, is_hidden
from smile.digests import digest_file
from smile.errors import BadFile
from smile.interruption import before_stopping
from smile.limits import MOST_BYTES

#: Folders that may lie in each other; a data set has some five, and ten thousand are a trap for its reader.
DEEPEST = 64
#: Files up to this size are known by their content, larger ones by what the file system says of them.
SMALL_FILE = 2**16

_DENSEST, _HARMLESS = 100, 2**24  # times a file of more bytes than these may be smaller when packed: text is 10 at most
_KEPT = 512  # lasting copies of a process; the oldest goes first
_UNTIL_STOPPED = ExitStack()  # is never closed: a signal ends the process
_REMEDY = "copy the archive anew, or unpack it"
# What zipfile raises on archives that are broken, encrypted, or compressed with an unknown method.
_FAULTS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError, ValueError)


def is_archive(path: Path) -> bool:
    """Whether `path` is a file that is read as a zip archive."""
    try:
        return path.suffix.lower() == ".zip" and path.is_file()
    except OSError:  # a name that the file system cannot hold
        return False


def list_archive(archive: Path, name: str, skipped: list[Skipped]) -> Iterator[tuple[Path, list[str]]]:
    """Yields each folder in `archive` that holds files, as a path into it, with the sorted names of its files.

    Hidden entries are passed over. Entries that lead out of the archive, lie too deep in it, or are links are left
    out; they, and an archive that cannot be read, are added to `skipped` under `name`.
    """
    try:
        contents = _open(archive)
    except _FAULTS as error:
        skipped.append(Skipped(name, f"is no zip archive that can be read: {error}", str(archive)))
        return
    if contents.refused:
        example = f"{len(contents.refused)} of its entries, such as {contents.refused[0][:60]!r}"
        skipped.append(Skipped(name, f"{example}, lead out of it, are links or lie too deep", str(archive)))
    folders: dict[str, list[str]] = {}
    for entry in sorted(contents.entries):
        folder, _, file = entry.rpartition("/")
        if not any(map(is_hidden, entry.split("/"))):
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
    copy = _write(_read(path), path.suffix.lower())
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
    return keep(_read(path), path.suffix.lower())


def keep(content: bytes, suffix: str) -> Path:
    """A file with this content for what is opened later, such as the picture inside a scan; kept as `lasting` does."""
    _, kept = _shelf(os.getpid())
    kept.append(_write(content, suffix))
    if len(kept) > _KEPT:
        kept.popleft().unlink(missing_ok=True)
    return kept[-1]


def exists(path: Path) -> bool:
    """Whether `path` is a file, on disk or in an archive."""
    try:
        return path.is_file() if locate(path) is None else _find(path) is not None
    except OSError:  # a name that the file system cannot hold
        return False


def find_file(path: Path) -> Path:
    """`path`, or where that is not there the only file on disk or in the archive whose name is compared as equal."""
    path = path if exists(path) else find_path(path)
    archive, name = locate(path) or (path, "")
    if not name or exists(path):
        return path
    alike = _list_alike(archive).get(fold(name), ())
    return archive / alike[0] if len(alike) == 1 else path


def stamp(path: Path) -> tuple[str | int, ...]:
    """Name and size, and what tells that the content is the same: what a content key is made of.

    A small file on disk: its digest; a larger one: when it was changed, and which file it is, since anyone can set
    the one time but not the other; a file in an archive: its checksum.
    """
    if locate(path) is not None:
        entry = _find(path)
        return (path.name, entry.file_size, entry.CRC) if entry else (path.name, -1, -1)
    try:
        status = path.stat()
        if S_ISREG(status.st_mode) and status.st_size <= SMALL_FILE:
            return path.name, status.st_size, digest_file(path)
    except OSError:  # a dangling link: reading its frame says so
        return path.name, -1, -1
    return path.name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


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
            with open_file(path) as file:
                return file.read(-1 if size is None else size)
        contents = _open(archive)
        entry = contents.entries[name]
        _check_size(path, entry)
        with contents.file.open(entry) as packed:
            # A read without a limit would first unpack all that an entry holds beyond its stated size.
            return packed.read(entry.file_size + 1 if size is None else size)
    except KeyError:
        raise BadFile(path, "", "is not in the archive", _REMEDY) from None
    except _FAULTS as error:
        raise BadFile(path, "", f"cannot be unpacked: {error}", _REMEDY) from None


def _check_size(path: Path, entry: zipfile.ZipInfo) -> None:
    if entry.file_size > MOST_BYTES:
        raise BadFile(path, "", f"says that it has {entry.file_size:,} bytes; {MOST_BYTES:,} are allowed", _REMEDY)
    if entry.file_size > max(_HARMLESS, _DENSEST * entry.compress_size):
        reason = (
            f"{entry.compress_size:,} bytes say that they unpack to {entry.file_size:,}: no scan is packed so densely"
        )
        raise BadFile(path, "", reason, _REMEDY)


def _list_alike(archive: Path) -> dict[str, tuple[str, ...]]:
    """Entries by the form in which names are compared."""
    try:
        return _fold_entries(archive, archive.stat().st_mtime_ns)
    except _FAULTS:
        return {}


@lru_cache(maxsize=8)
def _fold_entries(archive: Path, _changed: int) -> dict[str, tuple[str, ...]]:
    folded: dict[str, tuple[str, ...]] = {}
    for entry in _open(archive).entries:
        folded[fold(entry)] = (*folded.get(fold(entry), ()), entry)
    return folded


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
        name = entry.filename.replace("\\", "/")  # as some programs of Windows part folders
        if not _is_safe(name) or S_ISLNK(entry.external_attr >> 16):
            contents.refused.append(entry.filename)
        elif not name.endswith("/"):
            contents.entries[PurePosixPath(name).as_posix()] = entry
    return contents


def _is_safe(name: str) -> bool:
    parts = name.split("/")
    return not (name.startswith("/") or ":" in name or ".." in parts or len(parts) > DEEPEST)


def _write(content: bytes, suffix: str) -> Path:
    handle, name = tempfile.mkstemp(dir=_shelf(os.getpid())[0], suffix=suffix)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return Path(name)


@lru_cache(maxsize=1)
def _shelf(_process: int) -> tuple[Path, deque[Path]]:
    """Returns the folder of a process for its copies, and the list of the copies that must last."""
    folder = Path(tempfile.mkdtemp(prefix="smile-copies-"))
    clear = partial(shutil.rmtree, folder, True)
    # Unlike atexit, this also runs when a worker process of multiprocessing ends.
    Finalize(None, clear, exitpriority=0)
    _UNTIL_STOPPED.enter_context(before_stopping(clear, last=True))
    return folder, deque()
