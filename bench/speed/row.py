"""Defines one row of the speed table: our rate and a peer's rate in one case of a stage."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SpeedRow:
    """Holds rates per second, so larger is better; `peer` is None if it is not installed, and `note` says so.

    `equal` says whether both gave the same result. Check this before timing, and never set `equal` without a check.
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
        """Our rate divided by the peer's; None without a peer."""
        return None if not self.peer else self.ours / self.peer
