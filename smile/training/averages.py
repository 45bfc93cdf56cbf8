"""Means of what steps report, added up on the device and read once a report."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


class Averages:
    """Means since they were last taken, each over the sound steps that had it."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, Tensor] = {}
        self._steps, self._sound = 0, torch.zeros(())

    def add(self, sound: Tensor, values: Mapping[str, Tensor]) -> None:
        """Takes note of a step; where the flag `sound` is false its values are left out."""
        self._steps, self._sound = self._steps + 1, self._sound.to(sound.device) + sound
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0) + torch.where(sound, value.double(), 0)
            self._counts[name] = self._counts.get(name, 0) + sound

    def take(self) -> tuple[dict[str, float], int]:
        """(name -> mean, where any step had it; how many steps were not sound)."""
        numbers = torch.stack(
            [self._sound.double(), *self._sums.values(), *(c.double() for c in self._counts.values())]
        )
        sound, *rest = numbers.tolist()
        sums, counts = rest[: len(self._sums)], rest[len(self._sums) :]
        means = {name: total / count for name, total, count in zip(self._sums, sums, counts, strict=True) if count}
        skipped = self._steps - round(sound)
        self._sums, self._counts, self._steps, self._sound = {}, {}, 0, torch.zeros(())
        return means, skipped
