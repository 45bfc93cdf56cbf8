"""Writes a marked folder of generated faces part by part: a killed export continues, other faces are refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smile.atomic import move_file, move_folder, parse_json, write_json
from smile.data.stand_in import MARKER
from smile.errors import BadFile, UserError
from smile.limits import read_regular

_PARTIAL = ".partial"  # folder of a part until it is complete


@dataclass(frozen=True)
class TreePart:
    """Holds what is written completely or not at all: one flat folder, and files elsewhere that belong to it."""

    content_key: str  # of the clips in it: another key means other faces
    write: Callable[[Path], None]  # writes the files below a new folder that replaces the root of the tree


def write_tree(
    out: Path, parts: Mapping[str, TreePart], made_by: str, title: str, progress: Callable[[int, int], None]
) -> None:
    """Writes `parts` below `out`, by the folder of each (e.g. "F001/Happy"), and a marker with `made_by`.

    Parts that `out` already holds are kept. `progress` gets the number of finished parts and of all parts. `title`
    names the data set with this layout. Raises UserError where `out` holds something else, and the errors of the parts.
    """
    _mark(out, made_by, title, {name: part.content_key for name, part in parts.items()})
    for done, (name, part) in enumerate(parts.items()):
        progress(done, len(parts))
        if not (out / name).exists():
            shutil.rmtree(out / _PARTIAL, ignore_errors=True)
            (out / _PARTIAL / name).mkdir(parents=True)
            part.write(out / _PARTIAL)
            _move(out, name)
    shutil.rmtree(out / _PARTIAL, ignore_errors=True)
    progress(len(parts), len(parts))


def _move(out: Path, name: str) -> None:
    """Moves a part to its place, its folder last: if the folder exists, the part is complete."""
    partial = out / _PARTIAL
    folder = partial / name
    for file in sorted(path for path in partial.rglob("*") if path.is_file() and path.parent != folder):
        move_file(file, out / file.relative_to(partial))
    move_folder(folder, out / name)


def _mark(out: Path, made_by: str, title: str, keys: Mapping[str, str]) -> None:
    """Marks the tree before its first part is written; raises UserError on a folder with anything but this export."""
    marker = out / MARKER
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; name a folder")
    held: dict[str, Any] = {"made_by": made_by, "clips": {}}
    if marker.exists():
        held = _read_marker(marker)
    elif out.exists() and any(out.iterdir()):
        raise UserError(f"{out} is not empty and not an export; name a new folder")
    known: dict[str, str] = held["clips"]
    if held["made_by"] != made_by or any(known.get(name, key) != key for name, key in keys.items()):
        raise UserError(f"{out} holds an export of other faces, by {held['made_by']}; name a new folder or delete it")
    note = f"Made faces in the layout of {title}: no recordings, never to be reported as {title}."
    write_json(marker, {"made_by": made_by, "note": note, "clips": dict(sorted((known | dict(keys)).items()))})


def _read_marker(marker: Path) -> dict[str, Any]:
    try:
        held = parse_json(read_regular(marker))
        return {"made_by": str(held["made_by"]), "clips": dict(held["clips"])}
    except (OSError, ValueError, KeyError, TypeError):
        raise BadFile(marker, "", "is no marker of an export", "name a new folder, or delete this one") from None
