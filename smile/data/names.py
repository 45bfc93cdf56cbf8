"""Names as people write them: which ones mean the same but for case, blanks and Unicode form."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path


def fold(name: str) -> str:
    """The form in which names are compared: no case, single blanks, one Unicode form, nothing invisible.

    fold("  José ") equals fold("jose\\u0301").
    """
    if not name.isascii():
        seen = unicodedata.normalize("NFKC", name)
        name = "".join(letter for letter in seen if unicodedata.category(letter) != "Cf")
    folded = " ".join(name.split()).casefold()
    return folded if folded.isascii() else unicodedata.normalize("NFKC", folded)


def find_alike(names: Iterable[str]) -> list[tuple[str, ...]]:
    """The groups of different names that are compared as equal, e.g. [("Anna", "anna")]."""
    groups: dict[str, set[str]] = {}
    for name in names:
        groups.setdefault(fold(name), set()).add(name)
    return [tuple(sorted(group)) for group in groups.values() if len(group) > 1]


def describe_alike(kind: str, names: Iterable[str]) -> list[str]:
    """A line for each group of names of a `kind`, such as "subject", that are probably one."""
    return [
        f"{' and '.join(map(ascii, group))} are {len(group)} {kind}s, and differ in case, blanks or Unicode form alone"
        for group in find_alike(names)
    ]


def is_hidden(name: str) -> bool:
    """Whether a file or folder is none of the user's: its name begins with a dot, or macOS made it."""
    return name.startswith(".") or name == "__MACOSX"


def find_path(path: Path) -> Path:
    """`path`, or where that is not there the only one on disk whose names are compared as equal; else `path`."""
    if os.path.lexists(path):
        return path
    found = Path(path.anchor)
    for part in path.parts[bool(path.anchor) :]:
        if os.path.lexists(found / part):
            found /= part
            continue
        alike = _list_names(found, _changed(found)).get(fold(part), ())
        if len(alike) != 1:
            return path
        found /= alike[0]
    return found


def _changed(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


# The pictures of a clip are looked for in one folder again and again.
@lru_cache(maxsize=64)
def _list_names(folder: Path, _changed: int) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    try:
        for name in sorted(os.listdir(folder)):  # noqa: PTH208  names alone are wanted, of folders of any size
            names[fold(name)] = (*names.get(fold(name), ()), name)
    except (OSError, ValueError):  # what is no folder holds nothing
        return {}
    return names
