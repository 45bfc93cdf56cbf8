"""How a data set on disk is read, and what it was released as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from smile.data.face import Clip, DataSet, Scan

#: The owner of BU-3DFE, BU-4DFE, BP4D and BP4D+.
BINGHAMTON = "Binghamton University, https://www.cs.binghamton.edu/~lijun/Research/3DFE/3DFE_Analysis.html"


def _count(_clip: Clip) -> bool:
    return True


@dataclass(frozen=True)
class Release:
    """What its page or its paper says that it holds."""

    subjects: int
    clips: int
    expressions: Mapping[str, int]  # clips of each
    owner: str  # who grants the licence that its user must hold, and where to ask
    scans: str = ""  # how many, in words; empty where that is not known
    counts: Callable[[Clip], bool] = _count  # whether a clip is one of `clips`


@dataclass(frozen=True)
class Reader:
    """All that commands know of a data set."""

    title: str  # as printed
    read: Callable[[Path], DataSet]  # from the folder, or file, that the user names
    expects: str  # what the user has to name
    release: Release | None = None  # None for scans of the user's own
    check_landmarks: Callable[[Scan, Path], str] | None = None  # a scan and its landmarks' file: what is wrong, if any
