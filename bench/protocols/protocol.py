"""Defines the contract of a protocol: which clips count, as which class, and who is tested in which fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.protocols.plan import Plan
from smile.data.face import EXPRESSIONS, Facts
from smile.errors import UserError
from smile.rendering.views import Views

#: Number of folds of every k-fold protocol.
FOLDS = 10
#: Returns the classes of every clip: one, several for a multi-label clip, none where the clip does not count.
Classify = Callable[[Views], tuple[tuple[str, ...], ...]]


def keep_where(views: Views, counts: Callable[[Facts], bool]) -> tuple[tuple[str, ...], ...]:
    """Returns the labels of the clips that count, and an empty tuple for the others."""
    return tuple(clip.labels if counts(clip) else () for clip in views.clips)


def is_basic(clip: Facts) -> bool:
    """Returns whether a clip has exactly one label, one of the six basic expressions."""
    return len(clip.labels) == 1 and clip.labels[0] in EXPRESSIONS


@dataclass(frozen=True)
class Pool:
    """Holds the subjects from which a protocol draws."""

    counted: Mapping[str, tuple[str, ...]]  # subject -> classes of those of its clips that count
    everyone: tuple[str, ...]  # all subjects of the data, sorted; those who are not tested may be used for pretraining
    manners: Mapping[str, str] = field(default_factory=dict)  # subject -> whose way of acting it has, of made faces


@dataclass(frozen=True)
class Protocol:
    """Says who is tested on which clips. Raise the version whenever folds or counted clips change."""

    name: str
    version: int
    title: str  # as printed in tables
    data_sets: tuple[str, ...]  # keys; two: learn on the first, test on the second; empty: any data set
    classify: Classify
    draw: Callable[[Pool, int], Plan]  # takes the pool and the budget's number of encoders; raises UserError
    clips: int = 0  # number of clips in a complete release that any round tests; 0 where unknown
    pretrain_on: Callable[[Views], Sequence[bool]] | None = None  # marks clips that encoders may see; None: all clips
    multilabel: bool = False

    def plan(self, views: Views, encoders: int) -> tuple[Plan, tuple[tuple[str, ...], ...]]:
        """Returns the plan on these views, and the classes of every clip.

        Raises UserError where no clip counts, or where the protocol cannot be drawn from these subjects.
        """
        classes = self.classify(views)
        counted: dict[str, tuple[str, ...]] = {}
        for subject, names in zip(views.subjects, classes, strict=True):
            if names:
                counted[subject] = (*counted.get(subject, ()), *names)
        if not counted:
            raise UserError(f"protocol {self.name}: none of the {len(views)} clips of {views.title} counts in it")
        try:
            manners = {clip.subject: clip.attributes["manner"] for clip in views.clips if "manner" in clip.attributes}
            return self.draw(Pool(counted, tuple(sorted(set(views.subjects))), manners), encoders), classes
        except UserError as error:
            raise UserError(f"protocol {self.name}: {error}") from None
