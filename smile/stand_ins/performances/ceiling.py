"""Measures how well the class of made clips can be told by a classifier that sees the true shape weights.

The weights are those of the apex, blinks and speech included; a linear classifier learns them from other people. An
encoder of pictures has to find the weights first, so it seldom gets as far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smile.arrays import Float64
from smile.data.face import Clip, name_labels
from smile.stand_ins.performance import generator
from smile.stand_ins.recording import Recording

_FOLDS = 10
_COST = 1.0  # of scikit-learn's LogisticRegression, on standardised weights


#: File beside exported faces.
CEILING = "ceiling.json"


def find_ceiling(clips: Sequence[Clip]) -> dict[str, Any] | None:
    """Returns what a table has to state of made clips: how many, and both ceilings as fractions.

    Returns None for clips that were read from disk.
    """
    if not all(isinstance(clip.frames, Recording) for clip in clips):
        return None
    return {
        "clips": len(clips),
        "subjects": len(set(_groups(clips, "subject"))),
        "classes": len(set(_labels(clips))),
        "subjects_apart": measure_ceiling(clips),
        "manners_apart": measure_ceiling(clips, "manner"),
        "manners": {clip.subject: clip.attributes["manner"] for clip in clips if "manner" in clip.attributes},
    }


def describe_ceiling(told: Mapping[str, Any]) -> str:
    """Returns one line, e.g. "ceiling 97.7 % of 6 classes by the true shape weights, subjects apart"."""
    if told["subjects_apart"] is None:
        return "no ceiling: it takes two subjects and two classes"
    share, apart = told["subjects_apart"], told["manners_apart"]
    line = f"ceiling {100 * share:.1f} % of {told['classes']} classes by the true shape weights, subjects apart"
    return line if apart is None else f"{line}; {100 * apart:.1f} % where nobody tested acts as somebody taught does"


def measure_ceiling(clips: Sequence[Clip], apart: str = "subject") -> float | None:
    """Returns the accuracy in ten folds with subjects apart, or with manners apart (`apart` = "manner").

    Returns None where there are fewer than two people or classes, and where nobody has a manner.
    """
    weights, labels, groups = see_weights(clips), _labels(clips), _groups(clips, apart)
    people = np.unique(groups)
    if len(people) < 2 or len(set(labels)) < 2 or "" in people:
        return None
    shuffled = generator(0, "ceiling").permutation(people)
    right = 0
    for fold in np.array_split(shuffled, min(_FOLDS, len(people))):
        tested = np.isin(groups, fold)
        right += int(_count_right(weights[~tested], labels[~tested], weights[tested], labels[tested]))
    return round(right / len(labels), 4)


def measure_transfer(taught: Sequence[Clip], tested: Sequence[Clip]) -> float:
    """Returns the accuracy on `tested` clips of a classifier that was taught by others, e.g. by the textbook."""
    labels = _labels(tested)
    return _count_right(see_weights(taught), _labels(taught), see_weights(tested), labels) / len(labels)


def see_weights(clips: Sequence[Clip]) -> Float64:
    """Returns the shape weights of each clip at its apex, [N, S]."""
    rows = []
    for clip in clips:
        assert isinstance(clip.frames, Recording), "only made clips have true weights"
        acted = clip.frames.perform()
        rows.append(acted.weights[acted.apex])
    return np.stack(rows).astype(np.float64)


def _labels(clips: Sequence[Clip]) -> NDArray[np.str_]:
    return np.array([name_labels(clip.labels) for clip in clips])


def _groups(clips: Sequence[Clip], apart: str) -> NDArray[np.str_]:
    return np.array([clip.subject if apart == "subject" else clip.attributes.get(apart, "") for clip in clips])


def _count_right(taught: Float64, labels: NDArray[np.str_], tested: Float64, truth: NDArray[np.str_]) -> int:
    from sklearn.linear_model import LogisticRegression

    if len(set(labels)) < 2:
        return int((truth == labels[0]).sum()) if len(labels) else 0
    mean, deviation = taught.mean(axis=0), np.maximum(taught.std(axis=0), 1e-6)
    machine = LogisticRegression(C=_COST, max_iter=1000).fit((taught - mean) / deviation, labels)
    return int((machine.predict((tested - mean) / deviation) == truth).sum())
