"""Defines the errors of a user's mistake and of a faulty file; commands print them as one line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

#: More names than this are a wall of text.
_MANY = 30
#: How many of those are named where none is close.
_FIRST = 12


class UserError(Exception):
    """Reports a mistake that the user can mend: what is wrong, where, and what to do about it."""


class BadFile(UserError):
    """Reports a file that cannot be used: `<file>: <place>: <reason>; <remedy>`.

    `place` is a byte offset, a line or the name of a block; it is empty where the whole file is meant.
    """

    def __init__(self, file: str | Path, place: str, reason: str, remedy: str = "") -> None:
        self.file, self.place, self.reason, self.remedy = Path(file), place, reason, remedy
        super().__init__(_join(str(file), self.words))

    @property
    def words(self) -> str:
        """Returns place, reason and remedy, without the file."""
        return _join(self.place, self.reason) + (f"; {self.remedy}" if self.remedy else "")

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are rebuilt from their arguments when they cross to another process.
        return type(self), (self.file, self.place, self.reason, self.remedy)


def _join(*parts: str) -> str:
    return ": ".join(filter(None, parts))


def shorten(text: str) -> str:
    """Returns a message without the middle of words of hundreds of letters, as of a path that was pasted."""
    return re.sub(r"(\S{110})\S{110,}(\S{40})", r"\1[...]\2", text)


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """Returns the error for a misspelt `name`: it suggests the closest name and lists all that are known.

    Of more than `_MANY` names it lists the closest, or else the first: a wall of names hides the suggestion.

    Example: unknown("recipe", "tinny", ["tiny"]) says "unknown recipe 'tinny': did you mean 'tiny'? known: tiny".
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    if close and len(names) > _MANY:
        near = difflib.get_close_matches(name, names, n=6, cutoff=0.4)
        return UserError(f"unknown {kind} {name!r}: {hint}closest of {len(names)}: {', '.join(near)}")
    if len(names) > _MANY:
        names = [*names[:_FIRST], f"and {len(names) - _FIRST} more: see --list, --help or settings"]
    return UserError(f"unknown {kind} {name!r}: {hint}known: {', '.join(names)}")
