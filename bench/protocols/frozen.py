"""Frozen orders of the subjects of a release: drawn once, kept in a file, guarded by a hash.

A licensed release names its subjects by a grammar, so the order can be frozen without the data. All that a protocol
draws once follows from it: the sixty are the first sixty, and fold k of ten holds those at places k, k + 10, ...
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from smile.data.splits import order_subjects
from smile.digests import digest
from smile.errors import BadFile

#: Where the orders lie, one file a data set.
FOLDER = Path(__file__).parent / "frozen"


@dataclass(frozen=True)
class Frozen:
    """All subjects of a release in the order that was drawn for them."""

    name: str  # data set
    version: int
    order: tuple[str, ...]

    @property
    def hash(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 over name, version and order."""
        return digest([self.name, self.version, self.order])


def read_frozen(name: str) -> Frozen:
    """The frozen order of a data set; BadFile where the file was changed or is not there."""
    path, remedy = FOLDER / f"{name}.json", "take the file from the repository again"
    try:
        content = json.loads(path.read_text())
        frozen = Frozen(str(content["name"]), int(content["version"]), tuple(map(str, content["order"])))
        expected = content["hash"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadFile(path, "", f"is no frozen order ({error!r})", remedy) from None
    if frozen.name != name or frozen.hash != expected:
        raise BadFile(path, "hash", "does not fit the order: the split was changed", remedy)
    return frozen


def draw_frozen_order(name: str, version: int, subjects: Sequence[str]) -> Frozen:
    """How the files were made: the SHA-256 of "name|version|subject" decides."""
    return Frozen(name, version, order_subjects(subjects, name, version))
