"""Defines a plan: which subjects are tested in which fold and round, and which encoder serves which folds.

An encoder that saw a tested face, even without its label, would have an unfair advantage: in use, the encoder sees
new people. So every fold is served by an encoder that was pretrained on none of the fold's subjects.
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
    """Describes one encoder: the subjects for its pretraining, and the numbers of the folds that it serves."""

    pretraining: tuple[str, ...]
    folds: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """Holds the rounds of an evaluation and the encoders that serve them.

    Each round deals its subjects to folds. A fold with an encoder is tested: the probe's classifier learns from all
    other folds of the round. A fold without an encoder is never tested, but classifiers learn from it.
    """

    rounds: tuple[Folds, ...]
    groups: tuple[Group, ...]
    reduced: str = ""  # how much of the protocol the data allow, e.g. "30 of 101 subjects"; "" for all
    note: str = ""  # other facts for a reader of the table, e.g. fewer folds than usual

    @property
    def served(self) -> tuple[int, ...]:
        """Numbers of the tested folds, sorted."""
        return tuple(sorted(fold for group in self.groups for fold in group.folds))

    @property
    def evaluated(self) -> tuple[str, ...]:
        """Subjects that are tested in any round, sorted."""
        return tuple(sorted({name for part in self.rounds for fold in self.served for name in part.folds[fold]}))

    @property
    def split_hash(self) -> str:
        """Hash of the tested subjects in each fold: equal for all budgets that test the same subjects."""
        return digest([self.served, [part.folds for part in self.rounds]])

    @property
    def hash(self) -> str:
        """Hash of the whole plan, including the encoders."""
        return digest(asdict(self))


def share(rounds: Sequence[Folds], everyone: Sequence[str], encoders: int) -> tuple[Group, ...]:
    """Shares the folds among encoders: each serves neighbouring folds and is pretrained on everyone outside of them.

    There are at least two encoders, so that everyone can be tested. With three folds or fewer, each fold has its own
    encoder: an encoder for two folds would leave almost nobody for pretraining. Raises UserError where nobody is left.
    Example: 10 folds and 2 encoders give the folds 0 to 4 and 5 to 9.
    """
    count = len(rounds[0].folds)
    wanted = count if count <= 3 else min(max(encoders, 2), count)
    bounds = [round(number * count / wanted) for number in range(wanted + 1)]
    served = [tuple(range(first, last)) for first, last in itertools.pairwise(bounds)]
    return tuple(Group(outside(rounds, everyone, folds), folds) for folds in served)


def outside(rounds: Sequence[Folds], everyone: Sequence[str], folds: Sequence[int]) -> tuple[str, ...]:
    """Returns everyone who is in none of these folds in any round, sorted; UserError where nobody is left."""
    tested = {name for part in rounds for fold in folds for name in part.folds[fold]}
    others = tuple(sorted(set(everyone) - tested))
    if not others:
        raise UserError(
            f"all {len(set(everyone))} subject(s) are tested, none is left to pretrain on; "
            "add subjects, or choose another protocol (--list shows them)"
        )
    return others
