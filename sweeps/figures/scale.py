"""Lays a setting on an axis: logarithmic where its range is, words side by side, and ticks that do not touch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sweeps.draw.ranges import Among, LogUniform, Range

#: Most ticks of an axis that has room for one panel of three in a row.
MOST_TICKS = 5


@dataclass(frozen=True)
class Scale:
    """Says where the values of a setting lie."""

    key: str
    values: Range

    @property
    def name(self) -> str:
        """The setting as reports call it."""
        return self.key.removeprefix("losses.")

    @property
    def short(self) -> str:
        """The same in two lines."""
        return self.name.replace(".", "\n", 1)

    @property
    def log(self) -> bool:
        """Whether the range is logarithmic."""
        return isinstance(self.values, LogUniform)

    @property
    def continuous(self) -> bool:
        """Whether the range is one of numbers, and no list of values."""
        return not isinstance(self.values, Among)

    def place(self, value: Any) -> float:
        """Returns where a value lies on an axis; of a list of values, its number in the list."""
        return float(self.values.values.index(value)) if isinstance(self.values, Among) else float(value)

    def share(self, value: Any) -> float:
        """Returns where a value lies between the ends of the range, 0 to 1, by logarithms where the range is so."""
        return self._share(self.place(value))

    def _share(self, place: float) -> float:
        low, high = self._ends()
        if low == high:  # a list of one value
            return 0.5
        if self.log:
            return math.log(place / low) / math.log(high / low)
        return (place - low) / (high - low)

    def find_value(self, share: float) -> float:
        """Returns the value of a continuous range at a share between its ends."""
        low, high = self._ends()
        return low * (high / low) ** share if self.log else low + share * (high - low)

    def ticks(self) -> list[tuple[float, str]]:
        """Returns (share between the ends, label) of each tick."""
        if isinstance(self.values, Among):
            return [(self.share(value), str(value)) for value in self.values.values]
        low, high = self._ends()
        found = list_log_ticks(low, high) if self.log else list_ticks(low, high)
        return [(self.share(value), f"{value:g}") for value in found]

    def write(self, axis: Any) -> None:
        """Gives an axis of shares its limits, ticks and name."""
        places, labels = zip(*self.ticks(), strict=True)
        axis.set_ticks(places, labels)
        axis.set_view_interval(-0.05, 1.05, ignore=True)
        axis.set_label_text(self.name)
        if sum(map(len, labels)) > 28:  # words that would touch
            for label in axis.get_ticklabels() if axis.axis_name == "x" else ():
                label.set(rotation=30, ha="right", rotation_mode="anchor")

    def _ends(self) -> tuple[float, float]:
        if isinstance(self.values, Among):
            return 0.0, float(len(self.values.values) - 1)
        low, high = self.values.edges
        return float(low), float(high)


def list_log_ticks(low: float, high: float) -> list[float]:
    """Returns MOST_TICKS numbers at most between two ends, the same factor apart where they are powers of ten.

    Example: between 0.0005 and 10 these are 0.001, 0.1 and 10, and between 0.02 and 0.5 they are 0.02, 0.05, 0.1, 0.2
    and 0.5.
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
    inside = [step for step in steps if low * (1 - 1e-9) <= step <= high * (1 + 1e-9)]
    tens = [step for step in inside if math.log10(step).is_integer()]
    if len(inside) <= MOST_TICKS:
        return inside if len(inside) > 1 else [low, high]
    return _thin(tens, MOST_TICKS - 1) if len(tens) > 1 else _thin(inside, MOST_TICKS)


def list_ticks(low: float, high: float) -> list[float]:
    """Returns MOST_TICKS round numbers at most between two ends."""
    from matplotlib.ticker import MaxNLocator

    found = MaxNLocator(MOST_TICKS - 1, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    gap = 1e-9 * (high - low)
    return [float(tick) for tick in found if low - gap <= tick <= high + gap]


def _thin(ticks: Sequence[float], most: int) -> list[float]:
    """Returns every second, third and so on, counted from the last."""
    step = -(-len(ticks) // most)
    return list(ticks[::-step])[::-1]
