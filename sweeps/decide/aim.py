"""Says how sure a score shall be, before anything is known of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Aim:
    """Holds what decides how often a trial trains."""

    matters: float  # difference that matters, as a fraction: the standard error shall be below it; 0: nothing was said
    most: int  # trainings of a trial
