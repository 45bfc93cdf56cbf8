"""What a published data set is said to hold, and who grants the licence that its user must have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from smile.data.face import Clip

#: The owner of BU-3DFE, BU-4DFE, BP4D and BP4D+.
BINGHAMTON = "Binghamton University, https://www.cs.binghamton.edu/~lijun/Research/3DFE/3DFE_Analysis.html"


def _count(_clip: Clip) -> bool:
    return True


@dataclass(frozen=True)
class Release:
    """The numbers of its page or its paper."""

    subjects: int
    clips: int
    expressions: Mapping[str, int]  # clips of each
    owner: str  # who grants the licence, and where to ask
    scans: str = ""  # how many, in words; empty where that is not known
    counts: Callable[[Clip], bool] = _count  # whether a clip is one of `clips`
