"""The one kind of error that a user's mistake or a faulty file raises; doors print it as one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class UserError(Exception):
    """A mistake that the user can mend: what is wrong, where, and what to do about it."""


class BadFile(UserError):
    """A file that cannot be used: `<file>: <place>: <reason>; <remedy>`.

    `place` is a byte offset, a line or a block name; empty where the whole file is meant.
    """

    def __init__(self, file: str | Path, place: str, reason: str, remedy: str = "") -> None:
        self.file, self.place, self.reason, self.remedy = Path(file), place, reason, remedy
        super().__init__(_join(str(file), self.words))

    @property
    def words(self) -> str:
        """All but the file: place, reason and remedy."""
        return _join(self.place, self.reason) + (f"; {self.remedy}" if self.remedy else "")

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are rebuilt from their arguments when they cross to another process.
        return type(self), (self.file, self.place, self.reason, self.remedy)


def _join(*parts: str) -> str:
    return ": ".join(filter(None, parts))


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """The error for a misspelt `name` of a `kind`: suggests the closest and lists what is known."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return UserError(f"unknown {kind} {name!r}: {hint}known: {', '.join(names)}")
