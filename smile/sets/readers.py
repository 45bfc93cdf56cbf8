"""TABLE READERS: the data sets that can be read from disk, by their names on the command line."""

from __future__ import annotations

from pathlib import Path

from smile.data.face import DataSet
from smile.errors import unknown
from smile.sets.bosphorus import BOSPHORUS
from smile.sets.bp4d import BP4D, BP4D_PLUS
from smile.sets.bu3dfe import BU3DFE
from smile.sets.bu4dfe import BU4DFE
from smile.sets.fourdme import FOURDME
from smile.sets.manifest import MANIFEST
from smile.sets.reader import Reader, Release

READERS: dict[str, Reader] = {
    "bosphorus": BOSPHORUS,
    "bu3dfe": BU3DFE,
    "bu4dfe": BU4DFE,
    "bp4d": BP4D,
    "bp4dplus": BP4D_PLUS,
    "fourdme": FOURDME,
    "manifest": MANIFEST,
}


def read_data_set(name: str, root: Path) -> DataSet:
    """Reads the data set `name` at `root`; raises UserError on an unknown name, and the errors of its reader."""
    if name not in READERS:
        raise unknown("data set", name, READERS)
    return READERS[name].read(root)


def release_of(name: str) -> Release | None:
    """Returns the release of the data set `name`; None where there is no release, e.g. for a manifest."""
    return READERS[name].release if name in READERS else None
