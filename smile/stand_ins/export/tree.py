"""A marked folder of made faces, written part by part: a killed export goes on, other faces never mix in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smile.atomic import move_file, move_folder, write_json
from smile.data.stand_in import MARKER
from smile.errors import BadFile, UserError

_PARTIAL = ".partial"  # a part lies here until it is whole


@dataclass(frozen=True)
class TreePart:
    """What is written whole or not at all: one flat folder, and files outside of it that belong to it."""

    content_key: str  # of the clips that it holds: another key, other faces
    write: Callable[[Path], None]  # writes the files below a new folder that stands for the tree's root


def write_tree(
    out: Path, parts: Mapping[str, TreePart], made_by: str, title: str, progress: Callable[[int, int], None]
) -> None:
    """Writes `parts`, by the folder of each (such as "F001/Happy"), below `out`, and a marker naming `made_by`.

    Parts that `out` already holds are kept. `progress` is called with (parts done, of all); `title` is the data
    set whose layout this is. Raises UserError where `out` holds something else, and whatever a part raises.
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
    """Puts a part in its place: its folder last, so that a part whose folder stands is whole."""
    partial = out / _PARTIAL
    folder = partial / name
    for file in sorted(path for path in partial.rglob("*") if path.is_file() and path.parent != folder):
        move_file(file, out / file.relative_to(partial))
    move_folder(folder, out / name)


def _mark(out: Path, made_by: str, title: str, keys: Mapping[str, str]) -> None:
    """Marks the tree before its first part, and refuses a folder that would then hold anything but this export."""
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
        held = json.loads(marker.read_bytes())
        return {"made_by": str(held["made_by"]), "clips": dict(held["clips"])}
    except (OSError, ValueError, KeyError, TypeError):
        raise BadFile(marker, "", "is no marker of an export", "name a new folder, or delete this one") from None
