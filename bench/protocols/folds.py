"""Which encoder serves which folds: how pretraining and testing are kept apart.

Evaluation is 10-fold subject-independent. A label-free encoder that saw a tested face, even without its label, has an
advantage that it will not have on a stranger, so each scheme gives every fold an encoder that never saw its subjects:

- `apart`: half of the subjects are for pretraining and never evaluated, the other half makes the folds: 1 encoder;
- `pairs`: folds go in pairs, each pair has an encoder pretrained on the subjects outside of it: 5 encoders;
- `each`: one encoder a fold, pretrained on the subjects outside of it: 10 encoders.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from smile.data.splits import Folds, apart, subject_folds
from smile.errors import UserError, unknown

FOLDS = 10
#: Folds are frozen: the same subjects give the same folds, whatever seed the training has.
SEED = 0


@dataclass(frozen=True)
class Group:
    """One encoder: the subjects that it is pretrained on, and the numbers of the folds that it serves."""

    pretraining: tuple[str, ...]
    folds: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """The folds over the evaluated subjects and the encoders that serve them."""

    folds: Folds
    groups: tuple[Group, ...]
    note: str = ""  # what a reader of the table must know, e.g. fewer folds than usual

    @property
    def evaluated(self) -> tuple[str, ...]:
        """The subjects that are tested, each once, sorted."""
        return tuple(sorted(subject for fold in self.folds.folds for subject in fold))

    @property
    def hash(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 over folds and groups."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def draw_plan(subjects: Sequence[str], scheme: str, seed: int = SEED) -> Plan:
    """The plan of `scheme` over the distinct `subjects`; order and repeats do not matter.

    Raises UserError on an unknown scheme and where there are too few subjects.
    """
    if scheme not in SCHEMES:
        raise unknown("scheme", scheme, SCHEMES)
    names = sorted(set(subjects))
    return SCHEMES[scheme](names, seed)


def _draw_apart(names: Sequence[str], seed: int) -> Plan:
    if len(names) < 3:
        raise UserError(
            f"{len(names)} subject(s) are too few to keep some apart for pretraining and test at least two others; "
            "add subjects, or check that the reader tells them apart"
        )
    pretraining, evaluated = apart(names, len(names) // 2 / len(names), seed)
    folds, note = _draw_folds(evaluated, seed)
    return Plan(folds, (Group(pretraining, tuple(range(len(folds.folds)))),), note)


def _draw_grouped(names: Sequence[str], seed: int, size: int) -> Plan:
    folds, note = _draw_folds(names, seed)
    count = len(folds.folds)
    # With three folds or fewer a pair would leave almost nobody to pretrain on.
    step = size if count > 3 else 1
    numbers = [tuple(range(first, min(first + step, count))) for first in range(0, count, step)]
    return Plan(folds, tuple(Group(_outside(folds, served), served) for served in numbers), note)


def _outside(folds: Folds, served: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(sorted(name for k, fold in enumerate(folds.folds) if k not in served for name in fold))


def _draw_folds(subjects: Sequence[str], seed: int) -> tuple[Folds, str]:
    count = min(FOLDS, len(subjects))
    note = f"leave one subject out: {count} subjects are too few for {FOLDS} folds" if count < FOLDS else ""
    return subject_folds(subjects, count, seed), note


#: Name -> how encoders and folds go together.
SCHEMES: dict[str, Callable[[Sequence[str], int], Plan]] = {
    "apart": _draw_apart,
    "pairs": lambda names, seed: _draw_grouped(names, seed, 2),
    "each": lambda names, seed: _draw_grouped(names, seed, 1),
}
