"""Marks generated faces, in the folder and inside each scan, so that no part of an export can pass for recordings."""

from __future__ import annotations

import re
from pathlib import Path

from smile.atomic import parse_json
from smile.data.archives import read_head
from smile.data.files import open_file
from smile.errors import BadFile

#: File at the root of an exported folder; names what generated the faces.
MARKER = "stand-in.json"
#: Start of the comment in every exported text file. The comment keeps the mark if someone moves folders elsewhere.
COMMENT = "Not a recording, made by "

_COMMENT = re.compile(rf"^# {COMMENT}(.+?)\s*$".encode(), re.MULTILINE)
_HEAD = 256  # number of bytes at the start of a scan in which the comment stands


def read_marker(root: Path) -> set[str]:
    """Returns what generated the faces below `root`, from its marker; empty without a marker. BadFile if damaged."""
    marker = root / MARKER
    if not marker.exists():
        return set()
    with open_file(marker, "export the tree again") as file:
        content = file.read()
    try:
        return {str(parse_json(content)["made_by"])}
    except (ValueError, LookupError, TypeError) as error:
        raise BadFile(marker, "", f"does not say what made the faces ({error!r})", "export the tree again") from None


def read_comment(scan: Path) -> set[str]:
    """Returns what generated the faces of a text file, on disk or in an archive, from a comment at its start."""
    return {found[1].decode("utf-8", "replace") for found in _COMMENT.finditer(read_head(scan, _HEAD))}


def mark_name(name: str, made_by: str) -> str:
    """Returns a name with the mark of generated faces before it, for a header field that is only displayed."""
    return f"{COMMENT}{made_by}: {name}"


def read_marked_name(name: str) -> set[str]:
    """Returns what generated the faces, from a name of `mark_name`; empty without a mark."""
    made_by, colon, _ = name.removeprefix(COMMENT).rpartition(": ")
    return {made_by} if colon and name.startswith(COMMENT) else set()


def name_makers(makers: set[str]) -> str:
    """Returns the value of DataSet.stand_in; empty for recordings."""
    return " and ".join(sorted(makers))
