"""Scores subgroups of subjects: a mean over everybody can hide that an encoder works badly for some people."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from bench.answer import Answer
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
    found = [_score_attribute(predictions, views, attribute, seed, multilabel) for attribute in GROUPINGS]
    return tuple(itertools.chain(*found))


def _score_attribute(
    predictions: Sequence[Answer], views: Views, attribute: str, seed: int, multilabel: bool
) -> list[Subgroup]:
    value_of = {clip.subject: clip.attributes[attribute] for clip in views.clips if clip.attributes.get(attribute)}
    groups: dict[str, list[Answer]] = {}
    for one in predictions:
        if one.subject in value_of:
            groups.setdefault(value_of[one.subject], []).append(one)
    if len(groups) < 2:
        return []
    return [
        Subgroup(
            attribute,
            value,
            len({one.subject for one in inside}),
            len({one.clip for one in inside}),
            score(inside, seed, multilabel)["accuracy"],
        )
        for value, inside in sorted(groups.items())
    ]
