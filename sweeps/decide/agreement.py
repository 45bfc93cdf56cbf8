"""Says whether objectives without labels rank the trials of a study as accuracy does.

Letters in shapes: T trials, B resamples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.statistics.intervals import RESAMPLES, Score, make_score
from smile.arrays import Float64
from sweeps.ledger import Trial
from sweeps.objectives import OBJECTIVES

#: Trials that a rank correlation needs; with fewer, its interval holds nearly everything.
FEWEST_RANKED = 8


@dataclass(frozen=True)
class Agreement:
    """Holds the rank correlation (Spearman) of an objective with one that reads labels, over trials."""

    objective: str
    accuracy: str
    rho: Score  # with a 95 % percentile bootstrap over trials
    trials: int


def find_agreements(trials: Sequence[Trial], seed: int = 0) -> list[Agreement]:
    """Returns how each objective agrees with each that reads labels, over the trials that tell both.

    A trial tells them where it trained to its end at least once. Objectives that are the same for all trials are left
    out, and so are all with fewer than FEWEST_RANKED trials.
    """
    accuracies = [name for name, one in OBJECTIVES.items() if one.labels]
    pairs = [
        (name, to) for to in accuracies for name in OBJECTIVES if name != to and (name, to) != ("uar", "few_labels")
    ]
    return [one for name, to in pairs if (one := _agree(trials, name, to, seed)) is not None]


def _agree(trials: Sequence[Trial], name: str, to: str, seed: int) -> Agreement | None:
    pairs = np.array([(trial.also[name], trial.also[to]) for trial in trials if {name, to} <= set(trial.also)])
    if len(pairs) < FEWEST_RANKED or (pairs == pairs[0]).all(axis=0).any():
        return None
    draws = np.random.default_rng(seed).integers(len(pairs), size=(RESAMPLES, len(pairs)))
    rho = make_score(correlate_ranks(pairs[None])[0], correlate_ranks(pairs[draws]))
    return Agreement(name, to, rho, len(pairs))


def correlate_ranks(pairs: Float64) -> Float64:
    """Returns the rank correlation [B] of pairs [B, T, 2]; equal values share their mean rank, a constant gives 0."""
    from scipy.stats import rankdata

    ranks = rankdata(pairs, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    spread = np.sqrt((ranks**2).sum(axis=1).prod(axis=1))
    found = np.divide((ranks[..., 0] * ranks[..., 1]).sum(axis=1), spread, out=np.zeros(len(ranks)), where=spread > 0)
    return np.asarray(found)
