"""Finds the scans of data sets of single scans: a scan is a few files with one name, and a clip of one frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from smile.data.disk import walk
from smile.data.face import Skipped
from smile.data.files import open_file
from smile.errors import BadFile

_HIDDEN = re.compile(r"\..*")


@dataclass(frozen=True)
class Found:
    """Holds the files of one scan by kind, such as "f3d.wrl"; several files of a kind are copies, sorted by path."""

    clip_id: str
    words: Mapping[str, str]  # named groups of the pattern, from the first file
    files: Mapping[str, tuple[Path, ...]]

    @property
    def first(self) -> Path:
        """The first of all files, by path."""
        return min(path for copies in self.files.values() for path in copies)

    def nearest(self, kind: str, scan: Path) -> Path | None:
        """Returns the file of this kind in the scan's folder, or else the first one anywhere; None without any."""
        copies = self.files.get(kind, ())
        return next((path for path in copies if path.parent == scan.parent), copies[0] if copies else None)


@dataclass(frozen=True)
class NamingScheme:
    """Describes how a release names the files of its scans."""

    pattern: re.Pattern[str]  # matches whole file names
    tell: Callable[[Mapping[str, str]], tuple[str, str]]  # named groups -> (clip id, kind of the file)
    kind: str  # kind of a scan, which ends with its suffix
    grammar: str  # parts of a name, in words for messages


def find(top: Path, names: NamingScheme, skipped: list[Skipped]) -> Iterator[Found]:
    """Yields every scan at or below `top` that has a name of the release, sorted by clip id.

    Folders that cannot be listed, and scans with other names, are added to `skipped`. Other files are ignored.
    """
    files: dict[str, dict[str, list[Path]]] = {}
    words: dict[str, dict[str, str]] = {}
    suffix = f".{names.kind.rpartition('.')[2]}"
    paths = sorted(folder / name for folder, inside in walk(top, skipped, _HIDDEN) for name in inside)
    for path in paths:
        if match := names.pattern.fullmatch(path.name):
            clip_id, kind = names.tell(match.groupdict())
            files.setdefault(clip_id, {}).setdefault(kind, []).append(path)
            words.setdefault(clip_id, match.groupdict())
        elif path.suffix.lower() == suffix and not _HIDDEN.fullmatch(path.name):
            name, reason = str(path.relative_to(top)), f"the name does not read as {names.grammar}"
            skipped.append(Skipped(name, reason, str(path)))
    for clip_id in sorted(files):
        kinds = {kind: tuple(copies) for kind, copies in files[clip_id].items()}
        yield Found(clip_id, words[clip_id], kinds)


def choose_scans(
    top: Path, names: NamingScheme, probe: Callable[[Path], None], skipped: list[Skipped]
) -> Iterator[tuple[Found, Path]]:
    """Yields each scan at or below `top` with its first copy that `probe` accepts; see `find` and `choose`."""
    for found in find(top, names, skipped):
        scan = choose(found, names.kind, probe, skipped)
        if scan:
            yield found, scan
        elif names.kind not in found.files:
            reason = f"no {names.kind} scan, only {', '.join(sorted(found.files))}"
            skipped.append(Skipped(found.clip_id, reason, str(found.first)))


def choose(found: Found, kind: str, probe: Callable[[Path], None], skipped: list[Skipped]) -> Path | None:
    """Returns the first copy of a scan that `probe` accepts without BadFile; None if there is none.

    Broken copies and unneeded copies are added to `skipped`.
    """
    chosen: Path | None = None
    for path in found.files.get(kind, ()):
        if chosen:
            skipped.append(Skipped(found.clip_id, "second copy", str(path)))
            continue
        try:
            probe(path)
            chosen = path
        except BadFile as error:
            skipped.append(Skipped(found.clip_id, error.words, str(error.file)))
    return chosen


def probe_text(scan: Path) -> None:
    """BadFile on a scan that is empty or cannot be read; what else is wrong with it shows when it is read."""
    with open_file(scan, "copy the file again") as file:
        empty = not file.read(1)
    if empty:
        raise BadFile(scan, "byte 0", "the file is empty", "copy the file again")
