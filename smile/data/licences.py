"""Under whose terms faces may be used: what a model card says of its data.

The terms of licensed sets are those of the agreement that each user signs; here stands only whose they are.
"""

from __future__ import annotations

_AGREEMENT = "the agreement that you signed with {}; models trained on it may fall under it too"

#: Data set -> terms.
LICENCES = {
    "bu3dfe": _AGREEMENT.format("Binghamton University"),
    "bu4dfe": _AGREEMENT.format("Binghamton University"),
    "bp4d": _AGREEMENT.format("Binghamton University"),
    "bp4dplus": _AGREEMENT.format("Binghamton University"),
    "bosphorus": _AGREEMENT.format("Bogazici University"),
    "fourdme": _AGREEMENT.format("the University of Oulu"),
}
#: What made the faces of a stand-in -> terms.
MADE_BY = {
    "synthetic": "faces from formulas of this project: MIT",
    "ICT-FaceKit": "faces from ICT-FaceKit (Li et al. 2020): MIT",
}


def licence_of(data_set: str, stand_in: str) -> str:
    """Terms in words; "not stated" where they are not known."""
    return MADE_BY.get(stand_in, "not stated") if stand_in else LICENCES.get(data_set, "not stated")
