"""TABLE SECONDS: what is weighed against the score; and the front of trials that no other beats in both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sweeps.effort import SPENT
from sweeps.ledger import COMPLETE, Trial
from sweeps.objectives.worst import WORST


@dataclass(frozen=True)
class Second:
    """Describes a second objective."""

    about: str
    key: str  # of a result of Ray Tune
    mode: str  # max | min
    read: Callable[[Trial], float | None]  # of a finished trial; None where it does not tell


SECONDS: dict[str, Second] = {
    "seconds": Second(
        "seconds that a processor computes for a training, or that pass where a GPU trains", SPENT, "min",
        lambda trial: trial.also.get(SPENT, trial.seconds),
    ),
    WORST: Second(
        "score of the worst subgroup by sex or ancestry, or of the worst quarter of people", WORST, "max",
        lambda trial: trial.also.get(WORST),
    ),
}  # fmt: skip


def find_front(trials: Sequence[Trial], second: Second) -> list[Trial]:
    """Returns the complete trials that no other beats: none is as good in both objectives and better in one.

    The best score comes first; of equals, the first trial stays.
    """
    sign = 1.0 if second.mode == "max" else -1.0
    points = [
        (trial.objective or 0.0, sign * value, trial)
        for trial in trials
        if trial.state == COMPLETE and (value := second.read(trial)) is not None
    ]
    points.sort(key=lambda point: (-point[0], -point[1]))
    front: list[tuple[float, float, Trial]] = []
    for point in points:
        if not front or point[1] > front[-1][1]:
            front.append(point)
    return [trial for _, _, trial in front]
