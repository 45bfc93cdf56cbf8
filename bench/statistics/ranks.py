"""Compares methods over data sets: mean ranks, a Friedman test, and Wilcoxon's test of each pair, corrected (Holm).

Each data set gives one score of each method, so that it counts once, however many clips it has (Demsar 2006).
Letters in shapes: D data sets, M methods.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.statistics.permutation import LEVEL, correct_all
from smile.arrays import Float64

#: Fewest data sets and methods that are compared.
FEWEST = 3


@dataclass(frozen=True)
class Ranking:
    """Holds how methods rank over data sets, the best first."""

    methods: tuple[str, ...]
    ranks: tuple[float, ...]  # mean over data sets; 1 is best everywhere
    data_sets: int
    friedman: float  # p-value that all methods rank alike
    p: Mapping[tuple[str, str], float]  # of each pair, the better ranked first; corrected
    cliques: tuple[tuple[str, ...], ...]  # neighbours in rank of whom no pair is told apart; largest groups alone

    @property
    def smallest(self) -> float:
        """The smallest p-value that Wilcoxon's test can give one pair on so many data sets, before correction."""
        return float(min(1.0, 2.0 ** (1 - self.data_sets)))


def rank_methods(scores: Mapping[str, Sequence[float]], lower_is_better: bool = False) -> Ranking | None:
    """Returns the ranking of methods by their scores, one a data set, in the same order for every method.

    None with fewer than FEWEST data sets or methods. Equal scores share their mean rank. Scores are compared to nine
    digits. A pair is told apart below LEVEL after Holm's correction over all pairs, with exact p-values where no
    difference is zero or repeated, as scipy does it.
    """
    names = list(scores)
    if len(names) < FEWEST or len(scores[names[0]]) < FEWEST:
        return None
    table = np.round(np.array([scores[name] for name in names], dtype=np.float64).T, 9)
    from scipy.stats import friedmanchisquare, rankdata

    ranks = rankdata(table if lower_is_better else -table, axis=1).mean(axis=0)
    order = sorted(range(len(names)), key=lambda number: (ranks[number], names[number]))
    pairs = list(itertools.combinations(order, 2))
    corrected = correct_all([_test_pair(table[:, one] - table[:, other]) for one, other in pairs])
    p = {(names[one], names[other]): value for (one, other), value in zip(pairs, corrected, strict=True)}
    differ = bool((table != table[:, :1]).any())
    return Ranking(
        methods=tuple(names[number] for number in order),
        ranks=tuple(float(ranks[number]) for number in order),
        data_sets=len(table),
        friedman=float(friedmanchisquare(*table.T).pvalue) if differ else 1.0,
        p=p,
        cliques=_find_cliques([names[number] for number in order], p),
    )


def _test_pair(differences: Float64) -> float:
    """Returns the two-sided p-value of Wilcoxon's signed-rank test; 1 where nothing differs."""
    from scipy.stats import wilcoxon

    told = differences[differences != 0]
    return float(wilcoxon(told).pvalue) if len(told) else 1.0


def _find_cliques(ordered: Sequence[str], p: Mapping[tuple[str, str], float]) -> tuple[tuple[str, ...], ...]:
    """Returns the largest runs of neighbours in rank, two or more, in which no pair is told apart."""
    found: list[tuple[str, ...]] = []
    end = 0
    for start in range(len(ordered)):
        last = start + 1
        while last < len(ordered) and all(p[one, ordered[last]] >= LEVEL for one in ordered[start:last]):
            last += 1
        if last - start > 1 and last > end:
            found.append(tuple(ordered[start:last]))
        end = max(end, last)
    return tuple(found)
