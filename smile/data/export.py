"""Writes clips as the file tree of a data set, so that made faces take the same way as recorded ones."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from smile.atomic import move_folder, write_json
from smile.data.bu4dfe import FOLDERS, LANDMARK_FOLDER, STAND_IN_COMMENT, STAND_IN_FILE
from smile.data.face import Clip
from smile.data.formats.bnd import write_bnd
from smile.data.formats.vrml import write_vrml
from smile.errors import BadFile, UserError

_PARTIAL = ".partial"  # a clip lies here until it is whole
_SKIN = (205, 160, 135)  # RGB of the picture of a scan without texture
_PICTURE_SIZE = (104, 133)  # pixels; a tenth of the release's 1040 x 1329
_FOLDER_OF = {expression: folder for folder, expression in FOLDERS.items()}


def export_bu4dfe(clips: Iterable[Clip], out: Path, made_by: str, progress: Callable[[int, int], None]) -> None:
    """Writes `clips` as a BU-4DFE tree below `out`: scans, pictures, landmark package and a marker naming `made_by`.

    `progress` is called with (clips done, of all). Clips that `out` already holds whole are kept, so a killed
    export goes on. Raises UserError where a clip has no place in BU-4DFE, or `out` holds something else.
    """
    targets = _name_targets(tuple(clips))
    _mark(out, made_by, {name: clip.content_key for name, clip in targets.items()})
    for done, (name, clip) in enumerate(targets.items()):
        progress(done, len(targets))
        if not (out / name).exists():
            _write_clip(clip, out, name, made_by)
    shutil.rmtree(out / _PARTIAL, ignore_errors=True)
    progress(len(targets), len(targets))


def _name_targets(clips: Sequence[Clip]) -> dict[str, Clip]:
    """Folder of each clip, e.g. "F001/Happy"."""
    subjects = _name_subjects(clips)
    targets: dict[str, Clip] = {}
    for clip in clips:
        if clip.expression not in _FOLDER_OF:
            raise UserError(f"clip {clip.id}: BU-4DFE has no folder for {clip.expression!r}; leave such clips out")
        name = f"{subjects[clip.subject]}/{_FOLDER_OF[clip.expression]}"
        if name in targets:
            raise UserError(f"clips {targets[name].id} and {clip.id} would both be {name}; leave one of them out")
        targets[name] = clip
    return targets


def _name_subjects(clips: Sequence[Clip]) -> dict[str, str]:
    """Subject -> F001, M001, ...: names of that form are kept, others numbered in order behind the taken ones."""
    sexes = {clip.subject: clip.attributes.get("sex", "")[:1].upper() for clip in clips}
    names = {subject: subject for subject in sexes if _is_release_name(subject)}
    for subject, sex in sorted(sexes.items()):
        if subject in names:
            continue
        if sex not in ("F", "M"):
            raise UserError(f"subject {subject}: its sex is unknown, and names in BU-4DFE begin with F or M")
        free = (f"{sex}{number:03d}" for number in range(1, 1000))
        taken = set(names.values())
        names[subject] = next((name for name in free if name not in taken), "")
        if not names[subject]:
            raise UserError(f"subject {subject}: BU-4DFE has names for 999 subjects of a sex; export fewer")
    return names


def _is_release_name(subject: str) -> bool:
    return len(subject) == 4 and subject[0] in "FM" and subject[1:].isdecimal() and subject.isascii()


def _mark(out: Path, made_by: str, keys: Mapping[str, str]) -> None:
    """Marks the tree before its first clip, and refuses a folder that would then hold anything but this export."""
    marker = out / STAND_IN_FILE
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
    note = "Made faces in the layout of BU-4DFE: no recordings, never to be reported as BU-4DFE."
    write_json(marker, {"made_by": made_by, "note": note, "clips": dict(sorted((known | dict(keys)).items()))})


def _read_marker(marker: Path) -> dict[str, Any]:
    try:
        held = json.loads(marker.read_bytes())
        return {"made_by": str(held["made_by"]), "clips": dict(held["clips"])}
    except (OSError, ValueError, KeyError, TypeError):
        raise BadFile(marker, "", "is no marker of an export", "name a new folder, or delete this one") from None


def _write_clip(clip: Clip, out: Path, name: str, made_by: str) -> None:
    """Writes one clip aside and moves it into place when it is whole; its landmarks go first."""
    partial, marks = out / _PARTIAL / "scans", out / _PARTIAL / "landmarks"
    shutil.rmtree(out / _PARTIAL, ignore_errors=True)
    partial.mkdir(parents=True)
    marks.mkdir()
    plain: Path | None = None
    for number, scan in enumerate(clip.frames):
        picture = partial / f"{number:03d}.jpg"
        write_vrml(picture.with_suffix(".wrl"), scan, picture.name, STAND_IN_COMMENT + made_by)
        if scan.texture is None:
            plain = _write_plain(picture, plain)
        else:
            _write_picture(scan.texture, picture)
        if scan.landmarks is not None and clip.landmark_scheme == "bu83":
            write_bnd(marks / f"{number:03d}.bnd", scan.landmarks)
    if any(marks.iterdir()):
        move_folder(marks, out / LANDMARK_FOLDER / name)
    move_folder(partial, out / name)


def _write_plain(picture: Path, first: Path | None) -> Path:
    """A skin-coloured picture: written once a clip, and linked from then on. Returns the one that was written."""
    if first is None:
        content = io.BytesIO()
        Image.new("RGB", _PICTURE_SIZE, _SKIN).save(content, "JPEG", quality=90)
        picture.write_bytes(content.getvalue())
        return picture
    try:
        os.link(first, picture)
    except OSError:  # a file system without links
        shutil.copyfile(first, picture)
    return first


def _write_picture(texture: Path, picture: Path) -> None:
    """The texture as JPEG: copied where it is one, converted where it is not."""
    try:
        if texture.suffix.lower() in (".jpg", ".jpeg"):
            shutil.copyfile(texture, picture)
        else:
            with Image.open(texture) as image:
                image.convert("RGB").save(picture, "JPEG", quality=95)
    except (OSError, ValueError) as error:
        raise BadFile(texture, "", f"cannot be used as a picture: {error}", "leave the texture out") from None


#: Name on the command line -> what writes a tree of that layout.
FORMATS: dict[str, Callable[[Iterable[Clip], Path, str, Callable[[int, int], None]], None]] = {"bu4dfe": export_bu4dfe}
