"""Says how long a run is, without the libraries that take seconds to import."""

from __future__ import annotations

from smile.config import Training


def count_steps(settings: Training, clips: int) -> int:
    """Returns the number of steps of a whole run."""
    return settings.steps or settings.epochs * (clips // min(settings.batch_size, clips))
