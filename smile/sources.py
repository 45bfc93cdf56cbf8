"""Opens what --data names as a DataSet: a data set on disk, or faces that are made."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from smile.data.face import DataSet
from smile.errors import UserError, unknown
from smile.sets.reader import Reader
from smile.sets.readers import READERS, read_data_set
from smile.stand_ins.cast import Cast
from smile.stand_ins.makers import MAKERS, Maker


@dataclass(frozen=True)
class Source:
    """Holds the name of a reader or maker, and the folder that it reads."""

    name: str  # key of READERS or MAKERS
    place: Path | None = None  # None: the maker needs no folder, or finds it by itself


#: The source where the user names none.
DEFAULT = Source("synthetic")


def parse_source(text: str) -> Source:
    """Reads the source from the text of `--data NAME=DIR`, or from the name of a maker alone.

    Example: parse_source("bu4dfe=/data/BU-4DFE") is Source("bu4dfe", Path("/data/BU-4DFE")).
    Raises UserError on another form or a misspelt name.
    """
    name, equals, place = text.partition("=")
    known: dict[str, Reader | Maker] = {**READERS, **MAKERS}
    if not equals and os.sep in name:
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
    return Source(name, Path(place).expanduser() if place else None)


def open_source(source: Source, cast: Cast | None = None) -> DataSet:
    """Reads the data set, or makes faces for the `cast`; raises the errors of the reader or maker."""
    if source.name in MAKERS:
        return MAKERS[source.name].make(source.place, cast or Cast())
    assert source.place is not None, "a reader has a place"
    return read_data_set(source.name, source.place)
