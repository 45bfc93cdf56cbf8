"""Says what each number of views came to: its score with an interval over people, its difference, and its price."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.statistics.intervals import Score, bootstrap
from smile.arrays import Float64
from sweeps.decide.front import SECONDS
from sweeps.decide.verdict import judge_settings
from sweeps.ledger import COMPLETE, Trial
from sweeps.objectives.reading import Right

#: The setting that says how many views a face has.
VIEWS = "rendering.view_count"


@dataclass(frozen=True)
class ViewCount:
    """Holds what the complete trials with one number of views came to."""

    views: int
    trials: int
    score: Score  # over all their clips, with a 95 % interval over people
    difference: Score | None  # from the default's number of views on the same people; None for that number itself
    seconds: float  # median of a trial


def weigh_views(trials: Iterable[Trial], default: int) -> list[ViewCount]:
    """Returns each number of views that a complete trial has, the smallest first; `default` is the default's."""
    groups: dict[int, list[Trial]] = {}
    for trial in trials:
        if trial.state == COMPLETE and VIEWS in trial.setting and trial.right:
            groups.setdefault(int(trial.setting[VIEWS]), []).append(trial)
    joined = {count: _join(group) for count, group in groups.items()}
    found = []
    for count, group in sorted(groups.items()):
        difference = None
        if default in joined and count != default:
            (verdict,) = judge_settings({0: _share(joined[default])}, [({}, {0: _share(joined[count])})], 0)
            difference = Score(verdict.difference, verdict.low, verdict.high)
        seconds = statistics.median(SECONDS["seconds"].read(trial) or 0.0 for trial in group)
        found.append(ViewCount(count, len(group), _score(joined[count]), difference, seconds))
    return found


def _join(trials: Sequence[Trial]) -> Right:
    """Returns what was right of each person, and of how many clips, over these trials."""
    found: dict[str, tuple[float, int]] = {}
    for trial in trials:
        for name, (told, clips) in trial.right.items():
            before = found.get(name, (0.0, 0))
            found[name] = (before[0] + told, before[1] + clips)
    return found


def _share(right: Right) -> Right:
    """Returns the same of one clip each: numbers of views may have different numbers of trials."""
    return {name: (told / clips, 1) for name, (told, clips) in right.items()}


def _score(right: Right) -> Score:
    counts = np.array([right[name] for name in sorted(right)])
    return bootstrap(counts, 0, {"score": _divide})["score"]


def _divide(counts: Float64) -> Float64:
    """Returns the share that was right, from sums of right and of all clips [..., 2]."""
    return np.asarray(counts[..., 0] / counts[..., 1])
