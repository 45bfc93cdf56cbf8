"""TABLE OBJECTIVES: what a trial may be scored by; none reads a person whom the benchmark tests."""

from __future__ import annotations

from smile.errors import unknown
from sweeps.objectives.accuracy import find_area, find_recall
from sweeps.objectives.label_free import SIGNS, find_captions, watch_vital
from sweeps.objectives.reading import Yardstick

#: What is taken where nobody chooses.
USUAL = "few_labels"

OBJECTIVES: dict[str, Yardstick] = {
    "few_labels": Yardstick(
        "the area under the accuracy of a ridge on the frozen encoder over the number of labelled subjects",
        "points of few-label area",
        find_area,
        labels=True,
    ),
    "uar": Yardstick(
        "the unweighted average recall (UAR) of a linear probe on the frozen encoder, cross-validated over subjects",
        "points of accuracy",
        find_recall,
        labels=True,
    ),
    "retrieval": Yardstick(
        "how well a face finds its own caption among those of the same person, read off the frozen encoder by a ridge; "
        "no label is read",
        "points of retrieval",
        find_captions,
        labels=False,
    ),
}
_VITALS = {
    "effective_rank": "the effective rank of the embeddings of faces (RankMe, Garrido et al. 2023); no label is read",
    "uniformity": "how evenly faces are spread in the joint space (Wang & Isola 2020); no label is read",
    "view_distance": "how near the views of a face are in the joint space (Wang & Isola 2020); no label is read",
}
OBJECTIVES |= {
    name: Yardstick(_VITALS[name], "hundredths", watch_vital(name), labels=False, shares=False) for name in SIGNS
}


def find_objective(name: str) -> Yardstick:
    """Returns the objective `name`; raises UserError, with the closest name, where there is none."""
    if name not in OBJECTIVES:
        raise unknown("objective", name, OBJECTIVES)
    return OBJECTIVES[name]
