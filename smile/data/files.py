"""Opens the files of a data set: regular ones, of a size that a scan can have, and of the kind that is expected."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from smile.errors import BadFile
from smile.limits import MOST_BYTES, Irregular, require_regular

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_REMEDY = "check that it exists and may be read"
_HEAD = 512  # bytes by which a file of another kind is known
#: What a file begins with -> what it is, and what to do.
_FOREIGN = {
    rb"version https://git-lfs": ("a pointer of Git LFS, not the file itself", "run git lfs pull"),
    rb"\s*<(?:!doctype html|html)": ("a web page", "sign in and download the file again"),
    rb"\x1f\x8b": ("packed by gzip", "unpack it with gunzip"),
    rb"BZh\d|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!": ("packed", "unpack it"),
    rb"\s*#VRML V1\.0": ("VRML 1.0, and VRML 2.0 is read", "convert it to VRML 2.0 or to .ply, e.g. with MeshLab"),
    rb"\s*#Inventor": ("Open Inventor, and VRML 2.0 is read", "convert it to VRML 2.0 or to .ply"),
    rb"\x00\x05\x16\x07": ("what macOS writes beside a file, without its content", "delete it"),
    rb"%PDF-": ("a PDF", "give the file that it describes"),
}
_FOREIGN_HEADS = [(re.compile(head, re.IGNORECASE), *words) for head, words in _FOREIGN.items()]
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def open_file(path: Path, remedy: str = _REMEDY, most: int = MOST_BYTES) -> BinaryIO:
    """The file at `path`, for reading; its first bytes are looked at.

    Raises BadFile where it cannot be read, is no regular file (a pipe would be waited for without end), has more than
    `most` bytes, or is a file of another kind, such as the web page that a download without a login leaves.
    """
    try:
        if (size := require_regular(path)) > most:
            reason = f"goes on to {size:,} bytes; {most:,} are allowed"
            raise BadFile(path, f"byte {most}", reason, "make the file smaller")
        file = io.BufferedReader(_Disk(path))
    except Irregular as error:
        raise BadFile(path, "", f"cannot be read: {error}", "take it away, or name a file") from None
    except OSError as error:
        raise BadFile(path, "", f"cannot be read: {error.strerror}", remedy) from None
    try:
        _refuse_foreign(path, file.read(_HEAD))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


class _Disk(io.FileIO):
    """A file whose disk may fail, or its network drive go away, at any byte: BadFile with the place."""

    def readinto(self, buffer: WriteableBuffer) -> int:
        with self._naming():
            return super().readinto(buffer)

    def readall(self) -> bytes:
        with self._naming():
            return super().readall()

    @contextmanager
    def _naming(self) -> Iterator[None]:
        at = self.tell()
        try:
            yield
        except OSError as error:
            remedy = "look after the disk, or copy the file again from its source"
            raise BadFile(Path(str(self.name)), f"byte {at}", f"cannot be read: {error.strerror}", remedy) from None


def read_text(path: Path, remedy: str, most: int = MOST_BYTES, errors: str = "strict") -> str:
    """The text of a small file; see `open_file` and `decode`."""
    with open_file(path, remedy, most) as file:
        return decode(path, file.read(), errors)


def decode(path: Path, content: bytes, errors: str = "strict") -> str:
    """UTF-8, or UTF-16 with a byte order mark, as text, without the mark and without the Ctrl-Z of old editors.

    Raises BadFile at a byte that is neither: another code page cannot be told, and a guess would merge names.
    """
    mark = next((mark for mark in _MARKS if content.startswith(mark)), b"")
    encoding, body = _MARKS.get(mark, "utf-8"), content[len(mark) :]
    try:
        return re.sub(r"\x1a\s*\Z", "", body.decode(encoding, errors))
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n?|\n", body[: error.start])) + 1
        place = f"line {line}, byte {len(mark) + error.start}"
        reason = f"{body[error.start : error.start + 1]!r} is no {encoding[:6].upper()}"
        raise BadFile(path, place, reason, "save the file anew as UTF-8 (in Excel: CSV UTF-8)") from None


def _refuse_foreign(path: Path, head: bytes) -> None:
    for start, what, remedy in _FOREIGN_HEADS:
        if start.match(head):
            raise BadFile(path, "byte 0", f"is {what}", remedy)
