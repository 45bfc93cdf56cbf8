"""Subject-exclusive folds, drawn once from sorted subject names and hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smile.errors import UserError


@dataclass(frozen=True)
class Folds:
    """`folds[k]` holds the subjects that are tested in fold k; every subject is tested once."""

    folds: tuple[tuple[str, ...], ...]

    @property
    def hash(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the folds."""
        return hashlib.sha256(json.dumps(self.folds).encode()).hexdigest()[:16]


def subject_folds(subjects: Sequence[str], count: int, seed: int) -> Folds:
    """Draws `count` folds of nearly equal size over the distinct `subjects`; order and repeats do not matter.

    Raises UserError where there are fewer subjects than two, or fewer than folds.
    """
    names = sorted(set(subjects))
    if len(names) < max(count, 2):
        raise UserError(
            f"{len(names)} subject(s) cannot make {count} subject-independent folds; "
            "add subjects, or check that the reader tells them apart"
        )
    order = np.random.default_rng(seed).permutation(len(names))
    return Folds(tuple(tuple(sorted(names[i] for i in order[k::count])) for k in range(count)))


def apart(subjects: Sequence[str], fraction: float, seed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Splits the distinct subjects in two that share nobody: (about `fraction` of them, the rest)."""
    names = sorted(set(subjects))
    if len(names) < 2:
        raise UserError(f"{len(names)} subject(s) cannot be split into two groups; add subjects")
    order = np.random.default_rng(seed).permutation(len(names))
    cut = min(max(round(fraction * len(names)), 1), len(names) - 1)
    return tuple(sorted(names[i] for i in order[:cut])), tuple(sorted(names[i] for i in order[cut:]))
