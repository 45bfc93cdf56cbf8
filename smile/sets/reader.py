"""Defines how a data set on disk is read, and what its release contains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from smile.data.face import Clip, DataSet, Scan

#: Owner of BU-3DFE, BU-4DFE, BP4D and BP4D+.
BINGHAMTON = "Binghamton University, https://www.cs.binghamton.edu/~lijun/Research/3DFE/3DFE_Analysis.html"


def _count(_clip: Clip) -> bool:
    return True


@dataclass(frozen=True)
class Release:
    """Holds what the web page or the paper of a data set says about its content."""

    subjects: int
    clips: int
    expressions: Mapping[str, int]  # number of clips of each expression
    owner: str  # who grants the licence that a user must hold, and where to ask
    scans: str = ""  # number of scans, as text; empty where unknown
    counts: Callable[[Clip], bool] = _count  # whether a clip is one of the `clips`


@dataclass(frozen=True)
class Reader:
    """Holds all that commands need to know about a data set."""

    title: str  # as printed, e.g. "BU-4DFE"
    read: Callable[[Path], DataSet]  # takes the folder, or file, that the user names
    expects: str  # says what the user has to name
    release: Release | None = None  # None for the user's own scans
    check_landmarks: Callable[[Scan, Path], str] | None = None  # takes scan and landmark file; returns a fault or ""
