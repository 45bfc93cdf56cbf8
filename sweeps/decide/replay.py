"""Replays recorded curves of a study, to tell what a scheduler would have cost, and whether it keeps the best trial.

Only trials that ran to their end can be replayed. A replay draws an order of the trials, gives them to a number of
places at once, and asks the scheduler at every rung; the clock counts epochs.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sweeps.ledger import COMPLETE, Trial

#: Of a trial (its number), at an epoch, with this objective: whether it goes on.
Judge = Callable[[int, int, float], bool]

#: Share of the trials, from the best one on, among which the choice of a replay shall be.
TOP = 0.05


@dataclass(frozen=True)
class Replay:
    """Holds what one replay came to."""

    epochs: int  # that were run
    of: int  # epochs of all trials, none stopped
    rank: int  # of the best trial that ran to its end, among all; 0 is the best


@dataclass(frozen=True)
class Saving:
    """Sums up many replays of one scheduler."""

    factor: float  # epochs of all trials over those that were run, over all replays
    kept: float  # share of the replays whose choice is among the TOP of all trials
    replays: int
    trials: int


def choose_whole(trials: Sequence[Trial]) -> list[Trial]:
    """Returns the trials that ran to their end, in order."""
    return [trial for trial in trials if trial.state == COMPLETE]


def replay(trials: Sequence[Trial], order: Sequence[int], places: int, judge: Judge) -> Replay:
    """Returns what is left of the trials when they start in this `order`, `places` of them at a time.

    All trials need the same time for an epoch. Of two that report at the same time, the earlier one is asked first.
    """
    waiting, run, ended = list(order), 0, []
    # (time of the next report, place in the order, trial, number of the report)
    running: list[tuple[int, int, int, int]] = []

    def start(time: int) -> None:
        if waiting:
            trial = waiting.pop(0)
            heapq.heappush(running, (time + trials[trial].history[0][0], len(order) - len(waiting), trial, 0))

    for _ in range(min(places, len(order))):  # a slip of the finger asks for thousands of millions
        start(0)
    while running:
        time, place, trial, report = heapq.heappop(running)
        history = trials[trial].history
        epoch, value = history[report]
        run += epoch - (history[report - 1][0] if report else 0)
        goes_on = judge(trial, epoch, value)
        if report + 1 == len(history):
            ended.append(trial)
            start(time)
        elif goes_on:
            heapq.heappush(running, (time + history[report + 1][0] - epoch, place, trial, report + 1))
        else:
            start(time)
    return Replay(run, sum(trial.history[-1][0] for trial in trials), _rank(trials, ended))


def replay_often(
    trials: Sequence[Trial], places: int, replays: int, seed: int, make_judge: Callable[[], Judge]
) -> Saving:
    """Returns the sum of many replays, each in another order, each with a judge that knows nothing of the others."""
    found = list(_replay_each(trials, places, replays, seed, make_judge))
    top = max(round(TOP * len(trials)), 1)
    run = sum(one.epochs for one in found)
    return Saving(
        sum(one.of for one in found) / run, float(np.mean([one.rank < top for one in found])), replays, len(trials)
    )


def describe_saving(name: str, saving: Saving) -> str:
    """Returns a line on a scheduler."""
    top = max(round(TOP * saving.trials), 1)
    return (
        f"{name}: {saving.factor:.2f} times less compute; its choice is among the best {top} of {saving.trials} trials "
        f"in {100 * saving.kept:.1f} % of {saving.replays} replays"
    )


def _replay_each(
    trials: Sequence[Trial], places: int, replays: int, seed: int, make_judge: Callable[[], Judge]
) -> Iterator[Replay]:
    rng = np.random.default_rng(seed)
    for _ in range(replays):
        yield replay(trials, rng.permutation(len(trials)).tolist(), places, make_judge())


def _rank(trials: Sequence[Trial], ended: Sequence[int]) -> int:
    values = [trial.history[-1][1] for trial in trials]
    best = max((values[trial] for trial in ended), default=float("-inf"))
    return sum(value > best for value in values)
