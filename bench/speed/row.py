"""One line of the speed table: a case of a stage, ours beside a peer's, as rates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SpeedRow:
    """Rates are per second and bigger is better; a peer that is not installed is None, and the note says so.

    `equal` says that both gave the same result, checked before anything was timed. Never set without a check.
    """

    stage: str
    case: str
    ours: float
    peer: float | None
    peer_name: str
    unit: str  # e.g. "MB/s", "views/s"
    equal: bool
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over the peer's; None without a peer."""
        return None if not self.peer else self.ours / self.peer
