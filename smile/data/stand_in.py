"""Marks of made faces, at the root of a tree and inside its scans, so that no part of it can pass for recordings."""

from __future__ import annotations

import json
import re
from pathlib import Path

from smile.data.archives import read_head
from smile.data.files import open_file
from smile.errors import BadFile

#: Says at the root of an exported tree what made its faces.
MARKER = "stand-in.json"
#: Begins the comment that says the same inside every exported text file, for folders that are moved elsewhere.
COMMENT = "Not a recording, made by "

_COMMENT = re.compile(rf"^# {COMMENT}(.+?)\s*$".encode(), re.MULTILINE)
_HEAD = 256  # bytes of a scan in which the comment stands


def read_marker(root: Path) -> set[str]:
    """What made the faces below `root`, told by its marker; empty without one. BadFile on a damaged marker."""
    marker = root / MARKER
    if not marker.exists():
        return set()
    with open_file(marker, "export the tree again") as file:
        content = file.read()
    try:
        return {str(json.loads(content)["made_by"])}
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise BadFile(marker, "", f"does not say what made the faces ({error!r})", "export the tree again") from None


def read_comment(scan: Path) -> set[str]:
    """What made the faces in a text file, on disk or in an archive, told by a comment in its head; else empty."""
    return {found[1].decode("utf-8", "replace") for found in _COMMENT.finditer(read_head(scan, _HEAD))}


def mark_name(name: str, made_by: str) -> str:
    """A name that a scan's header holds for nothing but to be shown, with the mark of made faces in front."""
    return f"{COMMENT}{made_by}: {name}"


def read_marked_name(name: str) -> set[str]:
    """What made the faces, told by such a name; empty without a mark."""
    made_by, colon, _ = name.removeprefix(COMMENT).rpartition(": ")
    return {made_by} if colon and name.startswith(COMMENT) else set()


def name_makers(makers: set[str]) -> str:
    """The value of DataSet.stand_in: empty for recordings."""
    return " and ".join(sorted(makers))
