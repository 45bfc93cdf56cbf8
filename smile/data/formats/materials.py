"""The pictures of an OBJ file: material libraries beside it, and which material most of its faces have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np

from smile.data.archives import find_file
from smile.data.files import read_text
from smile.data.formats.pictures import find_inside
from smile.data.formats.tokens.text import Text
from smile.data.names import fold
from smile.errors import BadFile

_LARGEST = 1 << 20  # bytes of a library; a material takes a hundred
_REST = re.compile(rb"[^\r\n]*")  # of a line
_STATEMENT = re.compile(r"[ \t]*(newmtl|map_Kd)[ \t]+(.+)", re.IGNORECASE)
# "-blendu on -s 1 1 1 name.jpg": options with their values stand before the name.
_OPTIONS = re.compile(r"(?:-[a-z]+(?:[ \t]+(?:on|off|[-+.\d][-+.\deE]*))*[ \t]+)+", re.IGNORECASE)


def name_picture(text: Text, library: int, several: bool) -> tuple[str, str]:
    """The picture of the material that most faces have, and what that leaves out; both empty for none.

    `library` is the byte behind the first "mtllib", or 0; with `several` there are more of them. Where no face names
    a material, it is the first picture.
    """
    pictures: dict[str, str] = {}
    for name in _list_libraries(text, library, several):
        pictures |= {key: picture for key, picture in _read_library(text, name).items() if key not in pictures}
    if len(pictures) < 2:
        return next(iter(pictures.values()), ""), ""
    faces = _count_faces(text)
    used = {name: count for name, count in faces.items() if name in pictures}
    if not used:
        return next(filter(None, pictures.values()), ""), ""
    most = max(used, key=lambda name: (used[name], bool(pictures[name])))
    others = {pictures[name] for name in used} - {pictures[most]}
    share = 100 * faces[most] / max(sum(faces.values()), 1)
    reason = f"several materials: the picture of {most!r}, which {share:.0f} % of the faces have, is used for all"
    return pictures[most], reason if others else ""


def _list_libraries(text: Text, library: int, several: bool) -> list[str]:
    if several:
        return [_decode(found[1]) for found in _find(text, b"mtllib")]
    first = _REST.match(text.view, library) if library else None
    return [_decode(first[0])] if first else []


def _read_library(text: Text, name: str) -> dict[str, str]:
    """Material -> its picture with its folder, or nothing; empty where the library is not there or no text."""
    inside = find_inside(text.file, name)
    if inside is None:
        return {}
    try:
        lines = read_text(find_file(inside), "", _LARGEST, errors="surrogateescape").splitlines()
    except BadFile:  # a library that is not there: the picture may still lie under the scan's name
        return {}
    pictures: dict[str, str] = {}
    material = ""
    for found in filter(None, map(_STATEMENT.match, lines)):
        word = _clean(found[2])
        if found[1].lower() == "newmtl":
            material = fold(word)
            pictures.setdefault(material, "")
        elif not pictures.get(material):
            picture = _clean(_OPTIONS.sub("", found[2], count=1))
            pictures[material] = str(PurePosixPath(name).parent / picture)
    return pictures


def _count_faces(text: Text) -> Counter[str]:
    """Material -> statements "f" below its "usemtl"; those above the first have none."""
    content = text.content
    begins = np.flatnonzero((content[:-2] == ord("\n")) | (content[:-2] == ord("\r"))) + 1
    faces = begins[(content[begins] == ord("f")) & ((content[begins + 1] == 32) | (content[begins + 1] == 9))]
    uses = list(_find(text, b"usemtl"))
    ends = [*(use.start() for use in uses[1:]), len(text)][: len(uses)]
    counts: Counter[str] = Counter()
    for use, end in zip(uses, ends, strict=True):
        first, last = np.searchsorted(faces, [use.start(), end])
        counts[fold(_decode(use[1]))] += int(last - first)
    return counts


def _find(text: Text, word: bytes) -> Iterator[re.Match[bytes]]:
    """Every statement that begins with `word`, at the begin of a line; group 1 is the rest of it."""
    view = text.view
    for found in re.finditer(word + rb"[ \t]+([^\r\n]*)", view):
        at = found.start()
        while at and view[at - 1] in b" \t":
            at -= 1
        if at == 0 or view[at - 1] in b"\r\n":
            yield found


def _decode(name: bytes) -> str:
    return _clean(name.decode("utf-8", "surrogateescape"))


def _clean(name: str) -> str:
    return name.strip().strip('"').replace("\\", "/")
