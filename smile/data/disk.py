"""Finds the files of a data set on disk, hashes their names and times, and reads a scan when code asks for it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import overload

from smile.arrays import Float32
from smile.data.archives import DEEPEST, is_archive, list_archive, stamp
from smile.data.face import Scan, Skipped
from smile.data.names import is_hidden
from smile.errors import UserError
from smile.limits import tell_absence

_NAMED = 8  # folders of a path that is printed whole


@dataclass(frozen=True)
class ScanFiles(Sequence[Scan]):
    """Holds the frames of one clip on disk; reads a frame when code asks for it, and raises BadFile if it is faulty.

    The two readers are functions of a module, so that the frames can be sent to another process.
    """

    scans: Sequence[Path]  # one for each frame: a tuple, or FolderFiles
    landmarks: Sequence[Path | None]  # one for each scan; None where a scan has no landmark file
    read_scan: Callable[[Path], Scan]
    read_landmarks: Callable[[Path], Float32]

    def __len__(self) -> int:
        return len(self.scans)

    @overload
    def __getitem__(self, index: int) -> Scan: ...
    @overload
    def __getitem__(self, index: slice) -> ScanFiles: ...
    def __getitem__(self, index: int | slice) -> Scan | ScanFiles:
        if isinstance(index, slice):
            return replace(self, scans=self.scans[index], landmarks=self.landmarks[index])
        scan, landmarks = self.read_scan(self.scans[index]), self.landmarks[index]
        return scan if landmarks is None else replace(scan, landmarks=self.read_landmarks(landmarks))


@dataclass(frozen=True)
class FolderFiles(Sequence[Path]):
    """Holds paths of files in one folder, stored as names alone, because a data set may have millions of frames."""

    folder: Path
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> FolderFiles: ...
    def __getitem__(self, index: int | slice) -> Path | FolderFiles:
        return replace(self, names=self.names[index]) if isinstance(index, slice) else self.folder / self.names[index]


def open_root(root: Path, title: str, expects: str) -> Path:
    """Returns `root` with links resolved; raises UserError that says what the data set `expects` if it is no folder."""
    absence = tell_absence(root)
    if absence or not root.is_dir():
        raise UserError(f"{title}: {root} {f'{absence};' if absence else 'is a file; unpack it and'} give {expects}")
    return root.resolve()


def no_clips(said: str, skipped: Sequence[Skipped]) -> UserError:
    """Returns the error for a reader that found no clip: the text `said`, and the first skipped clip."""
    return UserError(f"{said}; {skipped[0]}" if skipped else said)


def walk(
    top: Path, skipped: list[Skipped], ignored: re.Pattern[str], archives: bool = False
) -> Iterator[tuple[Path, list[str]]]:
    """Yields every folder at or below `top` with the sorted names of its entries; each folder once, even through links.

    Hidden entries are passed over, and entries whose whole name is `ignored` are not entered; a folder that cannot be
    listed, or that lies too deep, is added to `skipped`.
    With `archives`, a zip archive counts as a folder: see smile.data.archives.
    """
    waiting, seen = [top], set[tuple[int, int]]()
    while waiting:
        folder = waiting.pop()
        inside = folder.relative_to(top)
        try:
            identity, entries = _look_into(folder, len(inside.parts))
        except OSError as error:
            name, reason = _shorten(inside), f"the folder cannot be listed: {error.strerror}"
            skipped.append(Skipped(name, reason, str(top / name)))
            continue
        if identity in seen:
            continue
        seen.add(identity)
        yield folder, [entry.name for entry in entries]
        entered = [entry for entry in entries if not ignored.fullmatch(entry.name)]
        waiting += [Path(entry.path) for entry in entered if _is_folder(entry)]
        for archive in filter(is_archive, (Path(entry.path) for entry in entered) if archives else ()):
            yield from list_archive(archive, str(archive.relative_to(top)), skipped)


def _look_into(folder: Path, depth: int) -> tuple[tuple[int, int], list[os.DirEntry[str]]]:
    """Returns the device and inode of a folder, and its entries that are not hidden, by name."""
    if depth > DEEPEST:
        raise OSError(0, f"it lies more than {DEEPEST} folders deep")
    status = folder.stat()
    entries = sorted((one for one in os.scandir(folder) if not is_hidden(one.name)), key=lambda one: one.name)
    return (status.st_dev, status.st_ino), entries


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads in a circle
        return False


def _shorten(path: Path) -> str:
    """A path for people, without its middle where it has more folders than anyone reads."""
    parts = path.parts
    return str(path) if len(parts) <= _NAMED else str(Path(*parts[:3], "...", *parts[-2:]))


def hash_files(paths: Iterable[Path]) -> str:
    """SHA-256 over the `stamp` of each file: equal hashes, equal content."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(repr(stamp(path)).encode())
    return digest.hexdigest()
