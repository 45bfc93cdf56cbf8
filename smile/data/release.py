"""How a copy of a licensed data set differs from its release: something to print, never a reason to stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from smile.data.disk import ScanFiles
from smile.data.face import EXPRESSIONS, Clip, DataSet
from smile.data.formats.bnd import read_indices
from smile.errors import UserError


@dataclass(frozen=True)
class Release:
    """What a release is said to hold, by its page or its paper."""

    subjects: int
    clips: int
    expressions: Mapping[str, int]  # clips of each


#: Key of readers.READERS -> its release. Bosphorus' counts by expression are from its paper (Savran et al. 2008).
RELEASES: dict[str, Release] = {
    "bosphorus": Release(105, 4666, dict(zip(("neutral", *EXPRESSIONS), (299, 71, 69, 70, 106, 66, 71), strict=True))),
    "bu3dfe": Release(100, 2500, {"neutral": 100} | dict.fromkeys(EXPRESSIONS, 400)),
    "bu4dfe": Release(101, 606, dict.fromkeys(EXPRESSIONS, 101)),
}

_ON_VERTEX = 1.0  # mm between a landmark and the vertex that its number names; both are printed to a few decimals


def compare(data_set: DataSet) -> tuple[str, ...]:
    """A line for every count in which the data set differs from its release; none where no release is known."""
    release = RELEASES.get(data_set.name)
    if release is None:
        return ()
    found = Counter(clip.expression for clip in data_set.clips)
    counts = {"subjects": (len(data_set.subjects), release.subjects), "clips": (len(data_set.clips), release.clips)}
    counts |= {f"clips of {name}": (found[name], wanted) for name, wanted in release.expressions.items()}
    return tuple(f"{name}: {held} of {wanted}" for name, (held, wanted) in counts.items() if held != wanted)


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
