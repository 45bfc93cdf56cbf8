"""How a copy of a licensed data set differs from its release: something to print, never a reason to stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from smile.data.disk import ScanFiles
from smile.data.face import EXPRESSIONS, Clip, DataSet
from smile.data.formats.bnd import read_indices
from smile.data.sets.bp4d import BP4D_PLUS_TASKS, BP4D_TASKS
from smile.errors import UserError

#: Who grants a licence, and where to ask.
BINGHAMTON = "Binghamton University, https://www.cs.binghamton.edu/~lijun/Research/3DFE/3DFE_Analysis.html"
BOGAZICI = "Bogazici University, http://bosphorus.ee.boun.edu.tr"
OULU = (
    "University of Oulu, "
    "https://6gflagship.com/publications/4dme-a-spontaneous-4d-micro-expression-dataset-with-multimodalities"
)


@dataclass(frozen=True)
class Release:
    """What a release is said to hold, by its page or its paper, and who grants the licence that its user must hold."""

    subjects: int
    clips: int
    expressions: Mapping[str, int]  # clips of each
    owner: str
    scans: str = ""  # how many, in words; empty where that is not known


@dataclass(frozen=True)
class Tally:
    """How much of something is there, and how much a release holds; None where that is not known."""

    name: str
    found: int
    wanted: int | None = None

    @property
    def differs(self) -> bool:
        """Whether the release is known to hold another number."""
        return self.wanted is not None and self.found != self.wanted


#: Key of readers.READERS -> its release. Bosphorus' counts by expression are from its paper (Savran et al. 2008);
#: those of BP4D and BP4D+ are subjects x tasks, and of 4DME its micro-expressions.
RELEASES: dict[str, Release] = {
    "bosphorus": Release(
        105, 4666, dict(zip(("neutral", *EXPRESSIONS), (299, 71, 69, 70, 106, 66, 71), strict=True)), BOGAZICI, "4,666"
    ),
    "bu3dfe": Release(100, 2500, {"neutral": 100} | dict.fromkeys(EXPRESSIONS, 400), BINGHAMTON, "2,500"),
    "bu4dfe": Release(101, 606, dict.fromkeys(EXPRESSIONS, 101), BINGHAMTON, "about 60,600"),
    "bp4d": Release(41, 328, dict.fromkeys(BP4D_TASKS.values(), 41), BINGHAMTON),
    "bp4dplus": Release(140, 1400, dict.fromkeys(BP4D_PLUS_TASKS.values(), 140), BINGHAMTON),
    "fourdme": Release(41, 267, {}, OULU),
}

_ON_VERTEX = 1.0  # mm between a landmark and the vertex that its number names; both are printed to a few decimals


def compare_with_release(data_set: DataSet) -> tuple[Tally, ...]:
    """Subjects, clips, and clips of each label, beside the numbers of the release where one is known.

    Macro-expressions of 4DME are left out of the number of clips: its release counts the micro-expressions.
    """
    release = RELEASES.get(data_set.name)
    counted = [clip for clip in data_set.clips if clip.attributes.get("kind") != "macro"]
    found, wanted = count_clips_by_label(data_set), dict(release.expressions) if release else {}
    names = [*wanted, *sorted(set(found) - set(wanted))]
    return (
        Tally("subjects", len(data_set.subjects), release.subjects if release else None),
        Tally("clips", len(counted), release.clips if release else None),
        *(Tally(f"clips of {name}", found.get(name, 0), wanted.get(name)) for name in names),
    )


def count_clips_by_label(data_set: DataSet) -> dict[str, int]:
    """Label -> clips that show it; a clip with several labels counts for each."""
    return dict(sorted(Counter(name for clip in data_set.clips for name in clip.labels).items()))


def check_landmarks(clip: Clip) -> str:
    """What is wrong with the landmarks of a BU-3DFE scan, where the file's first column names a vertex for each.

    Empty where all is well or there are none. A number that is no vertex, or a landmark away from its vertex, means
    that scan and landmarks do not belong together, or that one of them was not read as it was written.
    """
    if not isinstance(clip.frames, ScanFiles) or clip.frames.landmarks[0] is None:
        return ""
    try:
        scan, indices = clip.frames[0], read_indices(clip.frames.landmarks[0])
    except UserError as error:
        return str(error)
    assert scan.landmarks is not None  # their file was there to be read
    if indices.min() < 0 or indices.max() >= len(scan.vertices):
        return f"landmark {int(indices.argmax()) + 1} names vertex {indices.max()} of {len(scan.vertices)}"
    apart = np.linalg.norm(scan.vertices[indices] - scan.landmarks, axis=1)
    worst = int(apart.argmax())
    return "" if apart[worst] <= _ON_VERTEX else f"landmark {worst + 1} is {apart[worst]:.1f} mm from its vertex"
