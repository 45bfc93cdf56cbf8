"""Defines what a probe finds: a prediction for each clip, or how often each subject's clips were told right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """Holds one prediction for one clip, and in how many rounds the probe gave this prediction."""

    clip: str
    subject: str
    fold: int  # -1 where the fold of the clip differs between rounds
    truth: tuple[str, ...]  # true classes, one or several
    predicted: tuple[str, ...]  # empty where a multi-label classifier predicts no class
    times: int = 1  # number of rounds with this prediction


@dataclass(frozen=True)
class SubjectTally:
    """Holds how often the clips of each subject were told right, where a list of all predictions would be too long."""

    metric: str  # e.g. "accuracy@5"
    labelled: int  # number of labelled subjects that taught the classifier; 0 where the metric has none
    right: Mapping[str, float]  # subject -> number of right predictions
    asked: Mapping[str, float]  # subject -> number of predictions


@dataclass(frozen=True)
class Findings:
    """Holds what one probe found of one encoder, or of all encoders of a method."""

    answers: tuple[Answer, ...] = ()
    tallies: tuple[SubjectTally, ...] = ()


def add_tallies(parts: list[tuple[SubjectTally, ...]]) -> tuple[SubjectTally, ...]:
    """Adds the tallies of several encoders, metric by metric."""
    found: dict[str, SubjectTally] = {}
    for tally in (one for part in parts for one in part):
        known = found.get(tally.metric, SubjectTally(tally.metric, tally.labelled, {}, {}))
        found[tally.metric] = SubjectTally(
            tally.metric, tally.labelled, _add(known.right, tally.right), _add(known.asked, tally.asked)
        )
    return tuple(found.values())


def _add(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in sorted({*one, *other})}
