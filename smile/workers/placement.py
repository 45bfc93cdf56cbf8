"""Says how many workers train, where they run, and how often they are restarted."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from smile.errors import UserError

#: How often Ray restarts a run from its last checkpoint, by default.
RESTARTS = 3


@dataclass(frozen=True)
class Workers:
    """Says how many workers train: one is this process; Ray Train places more, from `fewest` to `most` by room."""

    most: int = 1
    fewest: int = 1  # equal to `most`: the run waits until the cluster has room for all workers
    address: str | None = None  # of a Ray cluster; None starts Ray on this machine
    storage: str | None = None  # folder for Ray's own files, which all workers reach; None: in the folder of the run
    restarts: int = RESTARTS  # how often the run restarts after a lost worker; one more loss stops it
    gpus: float | None = None  # reserved per worker; None: one, where the cluster has at least `fewest` GPUs now

    @property
    def are_elastic(self) -> bool:
        """Returns whether the run may continue with fewer workers."""
        return self.fewest < self.most

    def need(self, present: float) -> dict[str, float]:
        """Returns what Ray reserves per worker; `present` counts the GPUs of the nodes that have started."""
        gpus = float(present >= self.fewest) if self.gpus is None else self.gpus
        return {"CPU": 1, "GPU": gpus} if gpus else {"CPU": 1}

    def require_even_shares(self, clips: int) -> None:
        """Raises UserError where `fewest` or `most` workers cannot share the clips of a step evenly."""
        for count in sorted({self.fewest, self.most}):
            if clips % count:
                raise UserError(
                    f"{clips} clips a step cannot be shared by {count} workers; name a number that divides them, or "
                    f"set training.batch_size to a multiple of {count}"
                )


def require_room(address: str | None, workers: int, gpus: float) -> None:
    """Raises UserError where a machine alone will never have a core for each worker, and `gpus` for each.

    Ray would wait for them without end, and say nothing. A cluster may grow.
    """
    cores = os.cpu_count() or 1
    if address is not None:
        return
    remedy = "ask for less, or name a cluster by --address"
    if workers > cores:
        raise UserError(f"{workers} workers want a core each, and this machine has {cores}; {remedy}")
    if gpus > 0:
        import torch  # takes seconds

        if workers * gpus > (found := torch.cuda.device_count()):
            raise UserError(f"{workers} x {gpus:g} GPUs are asked for, and torch finds {found} here; {remedy}")


def parse_count(text: str) -> tuple[int, int]:
    """Reads (fewest, most) from `--workers N` or `--workers MIN-MAX`; raises UserError on any other text."""
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    fewest, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= fewest <= most:
        raise UserError(f"--workers {text}: say how many, at least one, or the fewest and the most, as in 2-4")
    return fewest, most


def share_evenly(count: int, clips: int) -> int:
    """Returns the largest number of workers, at most `count`, that share `clips` evenly, e.g. 2 for 3 and 4."""
    return max((some for some in range(1, count + 1) if clips % some == 0), default=0)
