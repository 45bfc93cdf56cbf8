"""Reads frozen orders of the subjects of a release: drawn once, stored in a file, protected by a hash.

The names of a release's subjects follow a rule, so the order can be frozen without the data. The order decides all
that a protocol draws once. Example: the sixty subjects are the first sixty, and fold k of ten holds the subjects at
places k, k + 10, ...
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from smile.atomic import parse_json
from smile.data.splits import order_subjects
from smile.digests import digest
from smile.errors import BadFile

#: Folder of the orders, one file for each data set.
FOLDER = Path(__file__).parent / "frozen"


@dataclass(frozen=True)
class Frozen:
    """Holds all subjects of a release in their frozen order."""

    name: str  # of the data set
    version: int
    order: tuple[str, ...]

    @property
    def hash(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 over name, version and order."""
        return digest([self.name, self.version, self.order])


def read_frozen(name: str) -> Frozen:
    """Returns the frozen order of a data set; raises BadFile where its file is changed, damaged or missing."""
    path, remedy = FOLDER / f"{name}.json", "take the file from the repository again"
    try:
        content = parse_json(path.read_bytes())
        frozen = Frozen(str(content["name"]), int(content["version"]), tuple(map(str, content["order"])))
        expected = content["hash"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadFile(path, "", f"is no frozen order ({error!r})", remedy) from None
    if frozen.name != name or frozen.hash != expected:
        raise BadFile(path, "hash", "does not fit the order: the split was changed", remedy)
    return frozen


def draw_frozen_order(name: str, version: int, subjects: Sequence[str]) -> Frozen:
    """Makes the content of such a file: sorts subjects by the SHA-256 of "name|version|subject"."""
    return Frozen(name, version, order_subjects(subjects, name, version))
