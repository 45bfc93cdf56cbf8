"""Refuses an evaluation in which a tested subject was seen before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence


class Leak(RuntimeError):
    """A tested subject was pretrained on or probed on: a fault of the benchmark, its result must not be used."""


def refuse_leak(tested: Iterable[str], seen: Iterable[str], where: str) -> None:
    """Raises Leak where a subject of `tested` is among those `seen`, e.g. in "pretraining"."""
    shared = sorted(set(tested) & set(seen))
    if shared:
        raise Leak(f"{len(shared)} tested subject(s) were seen in {where}: {', '.join(shared[:5])}")


def refuse_overlap(folds: Sequence[Sequence[str]]) -> None:
    """Raises Leak where a subject is in two folds of one round: it would teach the classifier that it is tested by."""
    seen = Counter(name for fold in folds for name in fold)
    refuse_leak((name for name, count in seen.items() if count > 1), seen, "another fold of the round")
