"""Simulates the preparation and the training of a large corpus on machines of which some are lost on the way.

A corpus is cut into shards, each of which one machine draws alone; the shard of a lost machine is drawn again by
another. The simulation is one of events, with random losses from a seed.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass

from cluster.forecast.fit import Fitted
from cluster.forecast.step import Place, Step, StepWork


@dataclass(frozen=True)
class Corpus:
    """Says how much there is to draw."""

    scans: int = 10_000_000
    frames: int = 20  # scans of a clip; 1 for single scans
    scan_bytes: float = 5e6  # of a scan of 35,000 vertices as .wrl
    shards: int = 1000

    @property
    def clips(self) -> int:
        """Returns the number of clips."""
        return self.scans // self.frames


@dataclass(frozen=True)
class Fleet:
    """Says which machines draw, and how often one is lost."""

    machines: int = 64
    cores: int = 8
    link: float = 1.25e9  # bytes per second of a machine
    losses_per_hour: float = 0.05  # of a machine, as on a busy spot market
    replaced_after: float = 300.0  # s


@dataclass(frozen=True)
class Drawn:
    """Says how the drawing went."""

    hours: float
    lost: int  # machines
    wasted: float  # share of the machines' work that was done twice


def shard_seconds(corpus: Corpus, fleet: Fleet, place: Place, fitted: Fitted) -> dict[str, float]:
    """Returns what one shard takes on one machine, by what could be the slowest: part -> seconds."""
    scans = corpus.scans / corpus.shards
    return {
        "draw": scans * fitted.scan / fleet.cores,
        "link": scans * corpus.scan_bytes / fleet.link,
        "storage": scans * corpus.scan_bytes * fleet.machines / place.storage,
        "hand out": fitted.task(scans / corpus.frames),
    }


def simulate_drawing(corpus: Corpus, fleet: Fleet, seconds: float, seed: int = 0) -> Drawn:
    """Draws all shards, each of which takes `seconds`, on machines that are lost at random and come back.

    Takes hours without end where a machine hardly ever lives as long as a shard takes.
    """
    rng = random.Random(seed)
    free = [(0.0, number) for number in range(fleet.machines)]
    heapq.heapify(free)
    waiting, lost, wasted, end = corpus.shards, 0, 0.0, 0.0
    while waiting:
        now, machine = heapq.heappop(free)
        lives = rng.expovariate(fleet.losses_per_hour / 3600) if fleet.losses_per_hour else float("inf")
        if lives < seconds:
            lost, wasted = lost + 1, wasted + lives
            if lost > MOST_LOSSES * corpus.shards:
                return Drawn(float("inf"), lost, 1.0)
            heapq.heappush(free, (now + lives + fleet.replaced_after, machine))
        else:
            waiting -= 1
            end = max(end, now + seconds)
            heapq.heappush(free, (now + seconds, machine))
    return Drawn(end / 3600, lost, wasted / (wasted + corpus.shards * seconds))


@dataclass(frozen=True)
class Trained:
    """Says how the training went."""

    steps: int
    hours: float
    restarts: int


def simulate_training(
    clips: int, epochs: int, step: Step, work: StepWork, place: Place, fleet: Fleet, seed: int = 0
) -> Trained:
    """Trains for `epochs` on GPUs whose machines are lost at random: each loss costs a restart and the last steps.

    A restart costs 90 s until the loss is noticed and workers stand again, and half of the steps between checkpoints.
    """
    rng = random.Random(seed)
    steps = epochs * max(clips // (step.gpus * work.clips), 1)
    machines = -(-step.gpus // place.card.gpus)
    rate = machines * fleet.losses_per_hour / 3600
    now, done, restarts = 0.0, 0, 0
    while done < steps:
        until = now + (rng.expovariate(rate) if rate else float("inf"))
        needed = (steps - done) * step.seconds
        if until >= now + needed:
            return Trained(steps, (now + needed) / 3600, restarts)
        taken = int((until - now) / step.seconds)
        done, restarts = done + taken - taken % CHECKPOINT_EVERY, restarts + 1
        now = until + RESTART
        if restarts > MOST_RESTARTS:
            return Trained(steps, float("inf"), restarts)
    return Trained(steps, now / 3600, restarts)


#: Steps between checkpoints (training.checkpoint_every), seconds of a restart, and how many are too many to go on.
CHECKPOINT_EVERY, RESTART, MOST_RESTARTS = 50, 90.0, 10_000
#: How often a shard is lost before nobody would go on.
MOST_LOSSES = 100
