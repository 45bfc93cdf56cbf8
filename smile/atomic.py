"""Writes a file completely or not at all: temporary file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import fcntl
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from smile.errors import BadFile, shorten
from smile.interruption import before_stopping
from smile.limits import read_regular

#: Errors of a full disk or quota, which may name no file.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

#: Names that `replacing` gives: `.<name>.<eight letters><suffix of the name>`, or `.part` where it has none.
_TEMPORARY = re.compile(r"\.(.+)\.[a-z0-9_]{8}(\.\w+)")
_NO_SUFFIX = ".part"


def is_full(error: BaseException) -> bool:
    """Whether this is the error of a full disk or quota."""
    return isinstance(error, OSError) and error.errno in FULL


def tell_room(place: Path) -> str:
    """How much the disk of a place still takes, e.g. " (8,192 bytes are left)"; empty where nobody can tell."""
    with suppress(OSError):
        return f" ({shutil.disk_usage(find_existing(place)).free:,} bytes are left)"
    return ""


def describe_error(error: OSError) -> str:
    """Returns the line about an error of the system: the file, the reason, and how much room a full disk has left.

    Empty where the error names no file, and is of none of the folders that every command takes for granted.
    """
    if error.filename is None and not is_full(error):
        if "No usable temporary directory" in str(error.strerror):
            return "no folder for temporary files can be written; set TMPDIR to one that can"
        with suppress(FileNotFoundError):
            Path.cwd()
            return ""
        return "the working folder was deleted; change into another one"
    place = f"{error.filename}: " if error.filename else ""
    asks = bool(place) and is_full(error) and error.errno != errno.EFBIG  # which is a limit, not the disk's room
    room = tell_room(Path(str(error.filename))) if asks else ""
    return f"{shorten(place)}{error.strerror}{room}; name a place that can be read and written, or make room"


def find_existing(place: Path) -> Path:
    """Returns the place, absolute, or the nearest folder above it that exists; OSError where nobody may look."""
    return next(path for path in (place.absolute(), *place.absolute().parents) if path.exists())


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside `path`; without an error, the temporary file is synced and replaces `path`.

    An OSError, as of a full disk, names `path`, not the temporary one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(path) as temporary, naming(path, temporary):
        yield temporary
        # mkstemp makes files that only their owner can read, but a lab shares its caches and tables.
        temporary.chmod(0o666 & ~_umask())
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)


@contextmanager
def naming(path: Path, temporary: Path | None = None) -> Iterator[None]:
    """Makes an OSError name `path` where it names no file, or the temporary file."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # numpy's, where a disk is full
            raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)} ({error})", str(path)) from error
        if error.filename in (None, str(temporary)):
            error.filename = str(path)
        raise


def reserve(file: BinaryIO, size: int) -> None:
    """Takes `size` bytes on disk for `file` before they are written; an OSError of a full disk says how many."""
    if not hasattr(os, "posix_fallocate"):  # a Mac
        return
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:  # some file systems do not know the call: there the writing itself tells
        if error.errno in FULL:
            raise OSError(error.errno, f"{error.strerror} ({size:,} bytes are needed)") from error


@contextmanager
def temporary_folder(prefix: str, place: Path | None = None) -> Iterator[Path]:
    """Yields a new folder, in `place` or where temporary files lie; deletes it at the end, also where a signal ends."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))

    def clear() -> None:
        shutil.rmtree(folder, ignore_errors=True)

    try:
        with before_stopping(clear, last=True):
            yield folder
    finally:
        clear()


def forget_unfinished(folder: Path, below: bool = False) -> None:
    """Removes the temporary files of killed writers from `folder`, or also below it; keeps files being written."""
    for file in (folder.rglob if below else folder.glob)(".*"):
        found = _TEMPORARY.fullmatch(file.name)
        if found and (found[1].endswith(found[2]) or found[2] == _NO_SUFFIX):
            _remove_abandoned(file)


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
    """Writes `content` to `path` atomically, as UTF-8 with unix line ends.

    Of a name of a file that is not UTF-8, odd bytes are written out, e.g. \\udce9: JSON reads them as they were.
    """
    write_bytes(path, content.encode(errors="backslashreplace"))


def write_json(path: Path, content: Any) -> None:
    """Writes `content` as indented JSON with keys in their order; raises ValueError on a number that is not finite."""
    write_text(path, _to_json(content))


def create_json(path: Path, content: Any) -> bool:
    """Writes like `write_json`, but only where `path` is absent; returns whether it wrote.

    Of several writers at the same time, exactly one writes.
    """
    with _temporary(path) as temporary, naming(path, temporary):
        temporary.write_text(_to_json(content), encoding="utf-8", errors="backslashreplace")
        temporary.chmod(0o666 & ~_umask())
        _sync(temporary)
        try:
            # A hard link, unlike a rename, does not replace an existing file.
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
    _sync(path.parent)
    return True


def read_json(path: Path, remedy: str) -> dict[str, Any]:
    """The object that a file of JSON holds, every number of it finite; BadFile with `remedy` where it holds none."""
    try:
        content = parse_json(read_regular(path))
    except OSError as error:
        raise BadFile(path, "", f"cannot be read: {error.strerror or error}", remedy) from error
    except ValueError as error:
        raise BadFile(path, "", f"cannot be read: {error}", remedy) from error
    if not isinstance(content, dict):
        raise BadFile(path, "", "not a JSON object", remedy)
    return content


def parse_json(content: bytes) -> Any:
    """Returns the plain data of JSON in UTF-8; ValueError on anything else, as on a number that is not finite."""
    try:
        return json.loads(content.decode(), parse_constant=_refuse, parse_float=_read_float)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _to_json(content: Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _read_float(text: str) -> float:
    return float(text) if math.isfinite(float(text)) else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """A new file beside `path`, locked while it is written: its lock goes with its writer. Removed at the end."""
    handle, file = _open_temporary(path)
    try:
        with before_stopping(lambda: file.unlink(missing_ok=True)):
            yield file
    finally:
        file.unlink(missing_ok=True)
        os.close(handle)


def _open_temporary(path: Path) -> tuple[int, Path]:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix or _NO_SUFFIX)
    except OSError as error:
        error.filename = str(path)  # what the user asked for, not the temporary name
        raise
    with suppress(OSError):  # a file system without locks: nobody takes the file for abandoned there either
        fcntl.flock(handle, fcntl.LOCK_EX)
    if Path(name).exists():
        return handle, Path(name)
    os.close(handle)  # taken for abandoned before it was locked
    return _open_temporary(path)


def _remove_abandoned(file: Path) -> None:
    with suppress(OSError):  # locked by its writer, or gone
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.unlink()
        finally:
            os.close(handle)


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
