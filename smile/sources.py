"""Opens what --data names as a DataSet: a data set on disk, or faces that are made."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smile.data.face import DataSet
from smile.errors import BadFile, UserError, unknown
from smile.sets.reader import Reader
from smile.sets.readers import READERS, read_data_set
from smile.stand_ins.cast import Cast, unusual
from smile.stand_ins.identities import IDENTITIES
from smile.stand_ins.makers import MAKERS, Maker
from smile.stand_ins.nuisances.levels import DIFFICULTIES
from smile.stand_ins.performances import PERFORMANCES, open_performer


@dataclass(frozen=True)
class Source:
    """Holds the name of a reader or maker, and the folder that it reads."""

    name: str  # key of READERS or MAKERS
    place: Path | None = None  # None: the maker needs no folder, or finds it by itself
    performance: str = Cast().performer.name  # key of PERFORMANCES, of made faces
    identities: str = Cast().identities  # key of IDENTITIES, of made faces
    difficulty: str = Cast().difficulty  # key of DIFFICULTIES, of made faces

    @property
    def key(self) -> str:
        """The name of its data set: made faces that act otherwise are another one, e.g. "synthetic-theories"."""
        return "-".join((self.name, *unusual(self.performance, self.identities, self.difficulty)))


#: What Python reads in the place of bytes of a name that are no UTF-8.
_UNDECODED = re.compile("[\ud800-\udfff]")
#: The source where the user names none.
DEFAULT = Source("synthetic")


def parse_source(text: str) -> Source:
    """Reads the source from the text of `--data NAME=DIR`, or from the name of a maker alone.

    Example: parse_source("bu4dfe=/data/BU-4DFE") is Source("bu4dfe", Path("/data/BU-4DFE")). Words after colons say
    how made faces act and look: "ict:posed:blended=DIR", "synthetic:theories".
    Raises UserError on another form or a misspelt name.
    """
    head, equals, place = text.partition("=")
    name, *words = head.split(":")
    known: dict[str, Reader | Maker] = {**READERS, **MAKERS}
    if not equals and os.sep in head:
        raise UserError(
            f"unknown data set {text!r}: say which one lies there, as in --data bu4dfe={text}; "
            f"known: {', '.join(sorted(known))}"
        )
    if name not in known:
        raise unknown("data set", name, known)
    if place and name in MAKERS and not MAKERS[name].expects:
        raise UserError(f"--data {text}: {name} faces are made of nothing on disk; write --data {name}")
    if not place and (equals or name in READERS):
        raise UserError(f"--data {text}: say where it lies, as in --data {name}=DIR, with {known[name].expects}")
    return _understand(Source(name, Path(place).expanduser() if place else None), words)


def _understand(source: Source, words: Sequence[str]) -> Source:
    """Returns the source with its words, one of each table."""
    tables: dict[str, Collection[str]] = {
        "performance": PERFORMANCES,
        "identities": IDENTITIES,
        "difficulty": DIFFICULTIES,
    }
    found: dict[str, str] = {}
    for word in words:
        table = next((name for name, known in tables.items() if word in known), "")
        if source.name not in MAKERS:
            raise UserError(f"{source.name}:{word}: recordings act as they do; only {', '.join(MAKERS)} take words")
        if not table:
            raise unknown(f"word after {source.name}", word, [known for names in tables.values() for known in names])
        if table in found:
            said = f"{source.name}:{':'.join(words)}"
            raise UserError(f"{said} says twice how they are made: {found[table]} and {word}; take one")
        found[table] = word
    return Source(source.name, source.place, **found)


def open_source(source: Source, cast: Cast | None = None, codes: Path | None = None) -> DataSet:
    """Reads the data set, or makes faces for the `cast`; raises the errors of the reader or maker.

    `codes` is the table that posed performances read.
    """
    if source.name in MAKERS:
        performer = open_performer(source.performance, codes)
        acted = replace(cast or Cast(), performer=performer)
        made = replace(acted, identities=source.identities, difficulty=source.difficulty)
        return MAKERS[source.name].make(source.place, made)
    assert source.place is not None, "a reader has a place"
    found = read_data_set(source.name, source.place)
    _refuse_undecoded(source.place, found)
    return found


def _refuse_undecoded(place: Path, data_set: DataSet) -> None:
    """Raises BadFile where a folder or file that names a clip has bytes that are no UTF-8: no text can say that name.

    Example: "Jos\\xe9", which a disk from before UTF-8 holds, is read as "Jos\\udce9".
    """
    for clip in data_set.clips:
        if any(_UNDECODED.search(name) for name in (clip.id, clip.subject) if not name.isascii()):
            said = f"clip {clip.id!a} has a name that is not UTF-8"
            raise BadFile(place, "", said, "rename its folder or file, as convmv -f latin1 -t utf8 -r --notest does")
