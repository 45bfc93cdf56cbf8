"""Scores subgroups of subjects: a mean over everybody can hide that an encoder works badly for some people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.evaluation import Answer
from bench.statistics.intervals import Score
from bench.statistics.scores import score
from smile.rendering.views import Views

#: Attributes that divide subjects into subgroups, where the data have them.
GROUPINGS = ("sex", "ancestry")


@dataclass(frozen=True)
class Subgroup:
    """Holds the accuracy over the tested subjects who share one value of an attribute."""

    attribute: str
    value: str
    subjects: int
    clips: int
    accuracy: Score  # interval over these subjects


def score_subgroups(
    predictions: Sequence[Answer], views: Views, seed: int, multilabel: bool = False
) -> tuple[Subgroup, ...]:
    """Returns accuracy by sex and ancestry, where tested subjects differ; a subject without a value is left out.

    Generated faces have no subgroups: their sex is only a letter in their names, and changes nothing in the geometry.
    """
    if views.stand_in:
        return ()
    found: list[Subgroup] = []
    for attribute in GROUPINGS:
        value_of = {clip.subject: clip.attributes[attribute] for clip in views.clips if clip.attributes.get(attribute)}
        values = sorted({value_of[one.subject] for one in predictions if one.subject in value_of})
        for value in values if len(values) > 1 else ():
            inside = [one for one in predictions if value_of.get(one.subject) == value]
            subjects, clips = len({one.subject for one in inside}), len({one.clip for one in inside})
            accuracy = score(inside, seed, multilabel)["accuracy"]
            found.append(Subgroup(attribute, value, subjects, clips, accuracy))
    return tuple(found)
