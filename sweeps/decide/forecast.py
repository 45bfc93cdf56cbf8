"""Forecasts what a study takes and costs, from one whole trial."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sweeps.draw.scheduling import Halving, find_scheduler
from sweeps.effort import Effort, rungs


@dataclass(frozen=True)
class Forecast:
    """Holds what the missing trials are expected to take."""

    trials: int  # that are missing
    share: float  # of all their epochs that is expected to run
    seconds: float  # on the clock
    longest: float  # the same, if no trial is stopped early
    gpu_hours: float


def forecast(effort: Effort, done: int, seconds: float) -> Forecast:
    """Returns the forecast for the trials that are missing, where a whole trial takes `seconds`."""
    missing = max(effort.trials - done, 0)
    halving = find_scheduler(effort.scheduler).halving
    share = expect_share(effort.epochs, halving, effort.repeats) if halving else 1.0
    longest = missing * seconds / effort.concurrency
    hours = missing * share * seconds * effort.gpus * effort.workers / 3600
    return Forecast(missing, share, longest * share, longest, hours)


def expect_share(epochs: int, halving: Halving, repeats: int = 1) -> float:
    """Returns the share of all epochs that ASHA runs where each rung keeps the better part exactly.

    Example: halves at 8 and 16 of 30 epochs run (8 + 8/2 + 14/4) / 30 = 52 %. ASHA decides before all trials have
    reached a rung, so that it lets some more go on (Li et al. 2020, section 3.2).
    """
    due, whole = rungs(epochs, repeats), epochs * repeats
    reached, kept, run, milestone = 0, 1.0, 0.0, max(epochs * halving.first, 1.0)
    while reached < whole:
        rung = next((rung for rung in due if rung >= milestone), whole)
        run += kept * (rung - reached)
        reached, kept, milestone = rung, kept / halving.reduction, milestone * halving.reduction
    return run / whole


def describe_forecast(name: str, found: Forecast, effort: Effort, seconds: float, price: float | None) -> str:
    """Returns the forecast in words; `price` is that of an hour of a GPU, or of the machine where no GPU is used."""
    hours = found.gpu_hours or found.seconds / 3600
    stopped = f"{effort.scheduler} is expected to run {100 * found.share:.0f} % of all epochs"
    lines = [
        f"{name}: {found.trials} of {effort.trials} trials are missing; a whole one takes {seconds:.1f} s here",
        f"time: about {_clock(found.seconds)} with {effort.concurrency} at a time ({stopped}); at most about "
        f"{_clock(found.longest)}",
        f"GPU hours: about {found.gpu_hours:.2f}",
    ]
    if price is not None:
        lines.append(f"price: about {price * hours:.2f} at {price:g} an hour")
    return "\n".join(lines)


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
