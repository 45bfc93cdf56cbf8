"""How many workers train, where they are, and how often they are started again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from smile.errors import UserError

#: How often Ray starts a run again from its last checkpoint, where nothing else is said.
RESTARTS = 3


@dataclass(frozen=True)
class Workers:
    """One worker is this process; more are placed by Ray Train, between `fewest` and `most` as the cluster has room."""

    most: int = 1
    fewest: int = 1  # the same as `most` for a run that waits until all of them have room
    address: str | None = None  # of a Ray cluster; None starts Ray on this machine
    storage: str | None = None  # folder that all reach, for Ray's books; None is the run's own
    restarts: int = RESTARTS  # after a worker that was lost; the run stops at one more
    gpus: float | None = None  # reserved for each; None: one where the cluster has as many as there are workers by now

    @property
    def are_elastic(self) -> bool:
        """Whether the run goes on with fewer of them."""
        return self.fewest < self.most

    def need(self, present: float) -> dict[str, float]:
        """What Ray keeps for each, on a cluster where so many GPUs are `present` now: nodes yet to start have none."""
        gpus = float(present >= self.fewest) if self.gpus is None else self.gpus
        return {"CPU": 1, "GPU": gpus} if gpus else {"CPU": 1}

    def require_even_shares(self, clips: int) -> None:
        """Raises UserError where the clips of a step cannot be shared evenly by `fewest` and by `most`."""
        for count in sorted({self.fewest, self.most}):
            if clips % count:
                raise UserError(
                    f"{clips} clips a step cannot be shared by {count} workers; name a number that divides them, or "
                    f"set training.batch_size to a multiple of {count}"
                )


def parse_count(text: str) -> tuple[int, int]:
    """(fewest, most) of `--workers N` or `--workers MIN-MAX`; UserError on anything else."""
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    fewest, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= fewest <= most:
        raise UserError(f"--workers {text}: say how many, at least one, or the fewest and the most, as in 2-4")
    return fewest, most


def share_evenly(count: int, clips: int) -> int:
    """The most of `count` workers that share `clips` evenly."""
    return max((some for some in range(1, count + 1) if clips % some == 0), default=0)
