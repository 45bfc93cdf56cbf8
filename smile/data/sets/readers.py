"""TABLE READERS: the data sets that can be read from disk, by their names on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from smile.data.face import DataSet, Scan
from smile.data.release import Release
from smile.data.sets.bosphorus import BOSPHORUS_RELEASE, read_bosphorus
from smile.data.sets.bp4d import BP4D_PLUS_RELEASE, BP4D_RELEASE, read_bp4d, read_bp4d_plus
from smile.data.sets.bu3dfe import BU3DFE_RELEASE, check_landmarks, read_bu3dfe
from smile.data.sets.bu4dfe import BU4DFE_RELEASE, read_bu4dfe
from smile.data.sets.fourdme import FOURDME_RELEASE, read_fourdme
from smile.data.sets.manifest import read_manifest
from smile.errors import unknown


@dataclass(frozen=True)
class Reader:
    """How one data set is read: from the folder, or file, that the user names."""

    title: str  # as printed
    read: Callable[[Path], DataSet]
    expects: str  # what the user has to point at
    release: Release | None = None  # what it was published as; None for scans of the user's own
    check_landmarks: Callable[[Scan, Path], str] | None = None  # a scan and its landmarks' file: what is wrong, if any


READERS: dict[str, Reader] = {
    "bosphorus": Reader(
        "Bosphorus",
        read_bosphorus,
        "the folder that holds bs000, bs001, ... with bs000_N_N_0.bnt",
        BOSPHORUS_RELEASE,
    ),
    "bu3dfe": Reader(
        "BU-3DFE",
        read_bu3dfe,
        "the folder that holds F0001_AN01WH_F3D.wrl and so on, in folders or not",
        BU3DFE_RELEASE,
        check_landmarks,
    ),
    "bu4dfe": Reader(
        "BU-4DFE",
        read_bu4dfe,
        "the folder that holds F001, F002, ... with Angry/000.wrl and so on",
        BU4DFE_RELEASE,
    ),
    "bp4d": Reader(
        "BP4D",
        read_bp4d,
        "the folder that holds F001/T1/0001.obj and so on, or F001.zip and so on",
        BP4D_RELEASE,
    ),
    "bp4dplus": Reader(
        "BP4D+",
        read_bp4d_plus,
        "the folder that holds F001/T1/0001.obj and so on, or archives F001.zip",
        BP4D_PLUS_RELEASE,
    ),
    "fourdme": Reader(
        "4DME",
        read_fourdme,
        "the folder of the meshes and of 4DME_Labelling_Micro_release v1.xlsx",
        FOURDME_RELEASE,
    ),
    "manifest": Reader("Manifest", read_manifest, "a table of scans with the columns path, subject and label"),
}


def read_data_set(name: str, root: Path) -> DataSet:
    """The data set `name` at `root`; raises UserError on a misspelt name, and what its reader raises."""
    if name not in READERS:
        raise unknown("data set", name, READERS)
    return READERS[name].read(root)


def release_of(name: str) -> Release | None:
    """The release of the data set `name`; None where nobody published one."""
    return READERS[name].release if name in READERS else None
