"""Who is tested in which fold of which round, and which encoder serves which folds.

A label-free encoder that saw a tested face, even without its label, has an advantage that it will not have on a
stranger, so every fold is served by an encoder that was pretrained on none of its subjects.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from smile.data.splits import Folds
from smile.digests import digest
from smile.errors import UserError


@dataclass(frozen=True)
class Group:
    """One encoder: the subjects that it is pretrained on, and the numbers of the folds that it serves in all rounds."""

    pretraining: tuple[str, ...]
    folds: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """The rounds of an evaluation and the encoders that serve them.

    A round deals its subjects to folds. A fold that is served is tested by a classifier that learnt from all other
    folds of its round; a fold that no encoder serves only ever teaches.
    """

    rounds: tuple[Folds, ...]
    groups: tuple[Group, ...]
    reduced: str = ""  # how much smaller than the protocol this is, e.g. "30 of 101 subjects"; "" where it is whole
    note: str = ""  # what else a reader of the table must know, e.g. fewer folds than usual

    @property
    def served(self) -> tuple[int, ...]:
        """The numbers of the folds that are tested, sorted."""
        return tuple(sorted(fold for group in self.groups for fold in group.folds))

    @property
    def evaluated(self) -> tuple[str, ...]:
        """The subjects that are tested in any round, sorted."""
        return tuple(sorted({name for part in self.rounds for fold in self.served for name in part.folds[fold]}))

    @property
    def split_hash(self) -> str:
        """Hash of who is tested in which fold: equal for all budgets that test the same subjects."""
        return digest([self.served, [part.folds for part in self.rounds]])

    @property
    def hash(self) -> str:
        """Hash of the whole plan, encoders and all."""
        return digest(asdict(self))


def share(rounds: Sequence[Folds], everyone: Sequence[str], encoders: int) -> tuple[Group, ...]:
    """Encoders that share the folds: each serves neighbouring ones and is pretrained on everyone outside of them.

    At least two, so that everyone can be tested; with three folds or fewer one a fold, since a pair would leave almost
    nobody to pretrain on. Raises UserError where a fold leaves nobody.
    """
    count = len(rounds[0].folds)
    wanted = count if count <= 3 else min(max(encoders, 2), count)
    bounds = [round(number * count / wanted) for number in range(wanted + 1)]
    served = [tuple(range(first, last)) for first, last in itertools.pairwise(bounds)]
    return tuple(Group(outside(rounds, everyone, folds), folds) for folds in served)


def outside(rounds: Sequence[Folds], everyone: Sequence[str], folds: Sequence[int]) -> tuple[str, ...]:
    """Everyone who is in none of these folds in any round, sorted; UserError where that is nobody."""
    tested = {name for part in rounds for fold in folds for name in part.folds[fold]}
    others = tuple(sorted(set(everyone) - tested))
    if not others:
        raise UserError(
            f"all {len(set(everyone))} subject(s) are tested, none is left to pretrain on; "
            "add subjects, or choose another protocol (--list shows them)"
        )
    return others
