"""Defines what an audit finds: alarms with a colour and a reason, and the grade of a row or a split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: From good to bad. Green: nothing was found. Amber: read the reason before you trust it. Red: never ranked.
COLOURS = ("green", "amber", "red")
GREEN, AMBER, RED = COLOURS

#: What is looked for -> in words.
CHECKS = {
    "subjects": "a person on both sides, also under two spellings",
    "clips": "a clip, a file or frames of one clip on both sides",
    "scans": "a scan on both sides under two people's names, also mirrored, decimated or with noise",
    "pretraining": "pretraining on what is tested",
    "choice": "settings chosen on what is tested",
    "captions": "labels in the text arm",
}


@dataclass(frozen=True)
class Alarm:
    """Says what was found, and how much it matters."""

    check: str  # key of CHECKS
    colour: str  # amber or red
    reason: str  # in words for people


@dataclass(frozen=True)
class Grade:
    """Holds all alarms of a row or a split; none is green."""

    alarms: tuple[Alarm, ...] = ()

    @property
    def colour(self) -> str:
        """The worst colour of its alarms."""
        return worst(alarm.colour for alarm in self.alarms)

    @property
    def reason(self) -> str:
        """Every reason in one line, the red ones first; "" where there is none."""
        ordered = sorted(self.alarms, key=lambda alarm: -COLOURS.index(alarm.colour))
        return ". ".join(dict.fromkeys(alarm.reason for alarm in ordered))

    @property
    def red(self) -> bool:
        """Whether it must not be ranked."""
        return self.colour == RED

    def __str__(self) -> str:
        return f"{self.colour}: {self.reason}" if self.alarms else self.colour


def worst(colours: Iterable[str]) -> str:
    """Returns the worst of these colours; green where there is none."""
    return max(colours, key=COLOURS.index, default=GREEN)


def join_grades(grades: Sequence[Grade]) -> Grade:
    """Returns the grade of a row that stands for several records, as one a seed: each alarm once."""
    return Grade(tuple(dict.fromkeys(alarm for grade in grades for alarm in grade.alarms)))
