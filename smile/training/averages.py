"""Averages the values that steps report: sums stay on the device and are read once per report."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


class Averages:
    """Collects means since the last `take`; each mean is over the sound steps that reported the value."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, Tensor] = {}
        self._steps, self._sound = 0, torch.zeros(())

    def add(self, sound: Tensor, values: Mapping[str, Tensor]) -> None:
        """Adds the values of a step; leaves them out where the flag `sound` is false."""
        self._steps, self._sound = self._steps + 1, self._sound.to(sound.device) + sound
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0) + torch.where(sound, value.double(), 0)
            self._counts[name] = self._counts.get(name, 0) + sound

    def take(self) -> tuple[dict[str, float], int]:
        """Returns (name -> mean, for values of at least one sound step; number of unsound steps), and starts anew."""
        numbers = torch.stack(
            [self._sound.double(), *self._sums.values(), *(c.double() for c in self._counts.values())]
        )
        sound, *rest = numbers.tolist()
        sums, counts = rest[: len(self._sums)], rest[len(self._sums) :]
        means = {name: total / count for name, total, count in zip(self._sums, sums, counts, strict=True) if count}
        skipped = self._steps - round(sound)
        self._sums, self._counts, self._steps, self._sound = {}, {}, 0, torch.zeros(())
        return means, skipped
