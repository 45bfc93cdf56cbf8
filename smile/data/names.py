"""Names as people write them: which ones mean the same but for case, blanks and Unicode form."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

#: Of pandas, NumPy, R and spreadsheets. "none" and "null" are not here: a class and a family have these names.
_UNKNOWN = {"nan", "nat", "<na>", "n/a", "#n/a"}
#: The i without a dot, and the one that keeps its dot as a capital: Turkish writes IŞIK for ışık, and İPEK for ipek.
_TURKISH = re.compile("\u0131|i\u0307")


def fold(name: str) -> str:
    """The form in which names are compared: no case, single blanks, one Unicode form, nothing invisible.

    fold("  José ") equals fold("jose\\u0301").
    """
    if not name.isascii():
        seen = unicodedata.normalize("NFKC", name)
        name = "".join(letter for letter in seen if unicodedata.category(letter) != "Cf")
    folded = " ".join(name.split()).casefold()
    return folded if folded.isascii() else _TURKISH.sub("i", unicodedata.normalize("NFKC", folded))


def find_alike(names: Iterable[str]) -> list[tuple[str, ...]]:
    """The groups of different names that are compared as equal, e.g. [("Anna", "anna")]."""
    groups: dict[str, set[str]] = {}
    for name in names:
        groups.setdefault(fold(name), set()).add(name)
    return [tuple(sorted(group)) for group in groups.values() if len(group) > 1]


def find_repeated(names: Sequence[str]) -> tuple[str, str] | None:
    """The first two names of a list that are equal, or compared as equal."""
    seen: dict[str, str] = {}
    for name in names:
        if fold(name) in seen:
            return seen[fold(name)], name
        seen[fold(name)] = name
    return None


def describe_alike(kind: str, names: Iterable[str]) -> list[str]:
    """A line for each group of names of a `kind`, such as "subject", that are probably one."""
    return [
        f"{' and '.join(map(ascii, group))} are {len(group)} {kind}s, and differ in case, blanks or Unicode form alone"
        for group in find_alike(names)
    ]


def is_unknown(name: str) -> bool:
    """Whether a name is what programs write into a cell of which nothing is known, or that they could not compute."""
    folded = fold(name)
    return folded in _UNKNOWN or (folded.startswith("#") and folded.endswith(("!", "?")))


def is_hidden(name: str) -> bool:
    """Whether a file or folder is none of the user's: its name begins with a dot, or macOS made it."""
    return name.startswith(".") or name == "__MACOSX"


def find_path(path: Path) -> Path:
    """`path`, or where that is not there the only one on disk whose names are compared as equal; else `path`."""
    if os.path.lexists(path):
        return path
    if os.path.lexists(path.parent):
        return _find_part(path.parent, path.name) or path
    found, parts = Path(path.anchor), path.parts[bool(path.anchor) :]
    for number, part in enumerate(parts):
        inside = found / part if os.path.lexists(found / part) else _find_part(found, part)
        if inside is None:
            return found.joinpath(*parts[number:]) if found.is_file() else path  # a file may be an archive
        found = inside
    return found


def _find_part(folder: Path, name: str) -> Path | None:
    alike = _list_names(folder, _changed(folder)).get(fold(name), ())
    return folder / alike[0] if len(alike) == 1 else None


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
