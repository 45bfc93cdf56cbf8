"""Draws subject-exclusive folds from subject names alone, and hashes them.

SHA-256 decides every draw, not a random generator. So a draw is the same with every version of every library, and it
does not depend on the order in which subjects are found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smile.digests import digest
from smile.errors import UserError


@dataclass(frozen=True)
class Folds:
    """Holds folds: `folds[k]` names the subjects that are tested in fold k; no subject is in two folds."""

    folds: tuple[tuple[str, ...], ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """Subjects of all folds, sorted."""
        return tuple(sorted(subject for fold in self.folds for subject in fold))

    @property
    def hash(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the folds."""
        return digest(self.folds)


def order_subjects(subjects: Sequence[str], *key: object) -> tuple[str, ...]:
    """Sorts distinct subjects by the SHA-256 of "key|key|...|subject": a shuffled order that is fixed for each key."""
    prefix = "".join(f"{part}|" for part in key)
    return tuple(sorted(set(subjects), key=lambda name: hashlib.sha256((prefix + name).encode()).digest()))


def deal(ordered: Sequence[str], count: int) -> Folds:
    """Deals ordered subjects like cards: fold k gets places k, k + count, ...; each fold is then sorted."""
    return Folds(tuple(tuple(sorted(ordered[k::count])) for k in range(count)))


def subject_folds(subjects: Sequence[str], count: int, *key: object) -> Folds:
    """Draws `count` folds of nearly equal size over the distinct `subjects`; order and repeats do not matter.

    Raises UserError with fewer than two subjects, or with fewer subjects than folds.
    """
    names = order_subjects(subjects, *key)
    if len(names) < max(count, 2):
        raise UserError(
            f"{len(names)} subject(s) cannot make {count} subject-independent folds; "
            "add subjects, or check that the reader tells them apart"
        )
    return deal(names, count)


def apart(subjects: Sequence[str], fraction: float, *key: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Splits distinct subjects into two groups: about `fraction` of them, and the rest. UserError with one or none."""
    names = order_subjects(subjects, *key)
    if len(names) < 2:
        raise UserError(f"{len(names)} subject(s) cannot be split into two groups; add subjects")
    cut = min(max(round(fraction * len(names)), 1), len(names) - 1)
    return tuple(sorted(names[:cut])), tuple(sorted(names[cut:]))


def stratified_folds(labels: Mapping[str, Sequence[str]], count: int, *key: object) -> Folds:
    """Draws folds of whole subjects with every label about equally frequent; `labels` maps subject -> labels.

    The method is greedy, after the iterative stratification of Sechidis et al. 2011, but with subjects in place of
    samples. Each step takes the rarest label among the remaining subjects, and of these subjects the one who has this
    label most often. The subject goes to the fold with the fewest of this label, then with the fewest labels in total.
    `order_subjects` breaks ties. Raises UserError with too few subjects.
    """
    names = order_subjects(tuple(labels), *key)
    if len(names) < max(count, 2):
        raise UserError(f"{len(names)} subject(s) cannot make {count} stratified folds; add subjects")
    left, folds = list(names), [list[str]() for _ in range(count)]
    while left:
        label = _scarcest(labels, left)
        subject = max(left, key=lambda name: labels[name].count(label))
        fold = min(folds, key=lambda fold: (_count(labels, fold, label), _count(labels, fold), len(fold)))
        fold.append(subject)
        left.remove(subject)
    return Folds(tuple(tuple(sorted(fold)) for fold in folds))


def _scarcest(labels: Mapping[str, Sequence[str]], subjects: Sequence[str]) -> str:
    """Returns the rarest label among these subjects; "" where they have no label."""
    found = [label for name in subjects for label in labels[name]]
    return min(sorted(set(found)), key=found.count, default="")


def _count(labels: Mapping[str, Sequence[str]], subjects: Sequence[str], label: str | None = None) -> int:
    return sum(len(labels[name]) if label is None else labels[name].count(label) for name in subjects)
