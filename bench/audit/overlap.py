"""Stops an evaluation in which a tested subject was seen before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence


class Leak(RuntimeError):
    """Reports that a tested subject was pretrained or probed on. The benchmark is faulty; do not use the result."""


def refuse_leak(tested: Iterable[str], seen: Iterable[str], where: str) -> None:
    """Raises Leak if a subject of `tested` is also in `seen`. `where` names the place, e.g. "pretraining"."""
    shared = sorted(set(tested) & set(seen))
    if shared:
        raise Leak(f"{len(shared)} tested subject(s) were seen in {where}: {', '.join(shared[:5])}")


def refuse_overlap(folds: Sequence[Sequence[str]]) -> None:
    """Raises Leak if a subject is in two folds of one round: the classifier would learn from a tested subject."""
    seen = Counter(name for fold in folds for name in fold)
    refuse_leak((name for name, count in seen.items() if count > 1), seen, "another fold of the round")
