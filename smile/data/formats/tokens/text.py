"""Loads a text file into memory for the compiled parsers: its bytes, then NULs, at which the parsers stop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from smile.arrays import Float32, Int32, UInt8
from smile.data.formats.tokens.windows import WINDOW
from smile.errors import BadFile

#: Remedy in the message about every damaged file.
REMEDY = "copy the file again from its source"

#: Largest texture coordinate, positive or negative: an image may repeat, but a face does not repeat it often.
MOST_REPEATS = 16.0

_WORD = re.compile(rb"[^\s,\]]+")


@dataclass(frozen=True)
class Text:
    """Holds the text of one file; slices are bytes, and regular expressions search `view`."""

    file: Path
    content: UInt8  # the text, then WINDOW NULs

    def __len__(self) -> int:
        return len(self.content) - WINDOW

    def __getitem__(self, part: slice) -> bytes:
        return self.content[part].tobytes()

    @property
    def view(self) -> memoryview:
        """The text without the NULs."""
        return self.content.data[: len(self)]

    def word(self, at: int) -> str:
        """Returns the word at byte `at` for messages: quoted, and cut if it is long."""
        word = _WORD.match(self.view, at)
        return repr((word[0] if word else self[at : at + 1])[:40].decode("ascii", "backslashreplace"))


def load_text(file: Path) -> Text:
    """Loads the text of `file`; raises BadFile where it cannot be read."""
    try:
        with file.open("rb", buffering=0) as stream:
            # An array is neither cleared nor copied, unlike the bytes of a plain read.
            content = np.empty(stream.seek(0, 2) + WINDOW, np.uint8)
            stream.seek(0)
            size = 0
            while got := stream.readinto(content.data[size : len(content) - WINDOW]):
                size += got
    except OSError as error:
        raise BadFile(file, "", f"cannot be read: {error.strerror}", "check that it exists and may be read") from None
    content[size:] = 0
    return Text(file, content[: size + WINDOW])


def format_rows(line: str, rows: Float32 | Int32) -> str:
    """Returns `line` filled with each row; formatting all rows at once is ten times as fast as one by one."""
    return (line * len(rows)) % tuple(rows.ravel().tolist())
