"""The contract of a protocol: which clips count, as which class, and who is tested in which fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.protocols.plan import Plan
from smile.data.face import EXPRESSIONS, Facts
from smile.errors import UserError
from smile.rendering.views import Views

#: Folds of every k-fold protocol.
FOLDS = 10
#: The classes of every clip: one, several of a multi-label clip, none where it does not count.
Classify = Callable[[Views], tuple[tuple[str, ...], ...]]


def keep_where(views: Views, counts: Callable[[Facts], bool]) -> tuple[tuple[str, ...], ...]:
    """The labels of the clips that count, and none for the others."""
    return tuple(clip.labels if counts(clip) else () for clip in views.clips)


def is_basic(clip: Facts) -> bool:
    """Whether a clip shows one of the six basic expressions, and nothing else."""
    return len(clip.labels) == 1 and clip.labels[0] in EXPRESSIONS


@dataclass(frozen=True)
class Pool:
    """Whom a protocol draws from."""

    counted: Mapping[str, tuple[str, ...]]  # subject -> the classes of its clips that count
    everyone: tuple[str, ...]  # all subjects of the data, sorted: who is not tested may be pretrained on


@dataclass(frozen=True)
class Protocol:
    """Who is tested on what. The version is raised whenever the folds or the clips that count change."""

    name: str
    version: int
    title: str  # as printed
    data_sets: tuple[str, ...]  # keys; two: taught by the first, tested on the second; none: any data set
    classify: Classify
    draw: Callable[[Pool, int], Plan]  # from the pool and the budget's number of encoders; raises UserError
    clips: int = 0  # tested in any round on a complete release; 0 where that is not known
    pretrain_on: Callable[[Views], Sequence[bool]] | None = None  # clips that encoders may see; None: all
    multilabel: bool = False

    def plan(self, views: Views, encoders: int) -> tuple[Plan, tuple[tuple[str, ...], ...]]:
        """The plan on these views, and the classes of every clip.

        Raises UserError where it cannot be played on them.
        """
        classes = self.classify(views)
        counted: dict[str, tuple[str, ...]] = {}
        for subject, names in zip(views.subjects, classes, strict=True):
            if names:
                counted[subject] = (*counted.get(subject, ()), *names)
        if not counted:
            raise UserError(f"protocol {self.name}: none of the {len(views)} clips of {views.title} counts in it")
        try:
            return self.draw(Pool(counted, tuple(sorted(set(views.subjects)))), encoders), classes
        except UserError as error:
            raise UserError(f"protocol {self.name}: {error}") from None
