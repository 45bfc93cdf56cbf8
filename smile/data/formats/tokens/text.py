"""Loads a text file into memory for the compiled parsers: its bytes, then NULs, at which the parsers stop."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from smile.arrays import Float32, Int32, UInt8
from smile.data.files import decode, open_file
from smile.data.formats.tokens.windows import WINDOW

#: Remedy in the message about every damaged file.
REMEDY = "copy the file again from its source"

#: Largest texture coordinate, positive or negative: an image may repeat, but a face does not repeat it often.
MOST_REPEATS = 16.0

_CTRL_Z = 26
_ENDS = frozenset(b"\x1a\r\n \t")
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
    """The text of `file`, a byte order mark in front and a Ctrl-Z behind turned to blanks; BadFile as open_file."""
    return blank_marks(load_bytes(file))


def load_bytes(file: Path) -> Text:
    """The content of `file` as it is; BadFile as open_file."""
    with open_file(file) as stream:
        # An array is neither cleared nor copied, unlike the bytes that a plain read returns.
        content = np.empty(stream.seek(0, 2) + WINDOW, np.uint8)
        stream.seek(0)
        size = stream.readinto(content.data[: len(content) - WINDOW])  # type: ignore[attr-defined]
    content[size:] = 0
    return Text(file, content[: size + WINDOW])


def blank_marks(text: Text) -> Text:
    """The text without what is no part of it, at the same bytes where it is no UTF-16."""
    file, content, size = text.file, text.content, len(text)
    if content[: min(size, 2)].tobytes() in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        plain = decode(file, content[:size].tobytes()).encode()
        return Text(file, np.frombuffer(plain + bytes(WINDOW), np.uint8).copy())
    if content[: min(size, 3)].tobytes() == codecs.BOM_UTF8:
        content[:3] = ord(" ")
    last = size - 1
    while last >= 0 and content[last] in _ENDS:
        if content[last] == _CTRL_Z:
            content[last] = ord(" ")
        last -= 1
    return text


def format_rows(line: str, rows: Float32 | Int32) -> str:
    """Returns `line` filled with each row; formatting all rows at once is ten times as fast as one by one."""
    return (line * len(rows)) % tuple(rows.ravel().tolist())
