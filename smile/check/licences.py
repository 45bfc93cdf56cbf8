"""Says under which terms faces may be used, for model cards."""

from __future__ import annotations

from smile.sets.readers import release_of

#: Name of what generated the faces, without how they act -> terms.
MADE_BY = {
    "synthetic": "faces from formulas of this project: MIT",
    "ICT-FaceKit": "faces from ICT-FaceKit (Li et al. 2020): MIT",
}


def licence_of(data_set: str, stand_in: str) -> str:
    """Returns the terms as text: for a licensed data set its user's agreement, "not stated" where nothing is known."""
    if stand_in:
        return MADE_BY.get(stand_in.partition(",")[0], "not stated")
    release = release_of(data_set)
    return f"the agreement that its user signed with {release.owner}" if release else "not stated"
