"""Which settings a named search varies, and over which ranges: plain data."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smile.config import Config, flatten, override
from smile.errors import UserError, unknown

Sample = dict[str, Any]


@dataclass(frozen=True)
class LogUniform:
    """A positive number whose logarithm is drawn evenly from [log low, log high]."""

    low: float
    high: float

    def holds(self, value: Any) -> bool:
        """Whether `value` lies in the range."""
        return bool(self.low <= value <= self.high)

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}, logarithmic"


@dataclass(frozen=True)
class Among:
    """One of a few values."""

    values: tuple[Any, ...]

    def holds(self, value: Any) -> bool:
        """Whether `value` is one of them."""
        return value in self.values

    def __str__(self) -> str:
        return "one of " + ", ".join(map(str, self.values))


Range = LogUniform | Among


def read_ranges(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Range]:
    """The ranges that were written as plain data by `dataclasses.asdict`."""
    return {key: Among(tuple(v["values"])) if "values" in v else LogUniform(**v) for key, v in values.items()}


@dataclass(frozen=True)
class Study:
    """One named search: `ranges` are searched, `settings` are what its trials change of the default config."""

    purpose: str
    ranges: Mapping[str, Range]
    settings: Mapping[str, Any]

    def __post_init__(self) -> None:
        base = override(Config(), self.settings)
        for key, values in self.ranges.items():
            edges = (values.low, values.high) if isinstance(values, LogUniform) else values.values
            for edge in edges:
                override(base, {key: edge})

    def config(self, changes: Mapping[str, Any]) -> Config:
        """The config that every trial starts from: the defaults, the study's settings, then the user's `changes`.

        Raises UserError on a misspelt key, and where a change puts a searched setting outside its range.
        """
        config = override(override(Config(), self.settings), changes)
        for key, value in self.default(config).items():
            if not self.ranges[key].holds(value):
                raise UserError(
                    f"setting {key!r}: {value!r} is outside of what this study searches: {self.ranges[key]}"
                )
        return config

    def default(self, config: Config) -> Sample:
        """What `config` itself has for the searched settings: trial 0."""
        return {key: flatten(config)[key] for key in self.ranges}

    def every(self) -> list[Sample] | None:
        """All settings, in order, where the ranges are countable; None where they are not."""
        choices = []
        for values in self.ranges.values():
            if not isinstance(values, Among):
                return None
            choices.append(values.values)
        return [dict(zip(self.ranges, combination, strict=True)) for combination in itertools.product(*choices)]


#: A trial is short, so that eight of them end within minutes on two cores.
SHORT = {"training.epochs": 30}

STUDIES: dict[str, Study] = {
    "loss_weights": Study(
        purpose="How much each of the three losses should weigh, and the two constants inside them.",
        ranges={
            "losses.decorrelation.weight": LogUniform(0.01, 10.0),
            "losses.alignment.weight": LogUniform(0.1, 10.0),
            "losses.redundancy.weight": LogUniform(0.001, 10.0),
            "losses.decorrelation.off_diagonal_weight": LogUniform(5e-4, 5e-2),
            "losses.alignment.temperature": LogUniform(0.02, 0.5),
        },
        settings=SHORT,
    ),
    "view_counts": Study(
        purpose="How many views of a face are worth their cost.",
        ranges={"rendering.view_count": Among((1, 3, 5, 7))},
        settings=SHORT,
    ),
}


def find_study(name: str) -> Study:
    """The study of that name. Raises UserError, with the closest name, where there is none."""
    if name not in STUDIES:
        raise unknown("study", name, STUDIES)
    return STUDIES[name]
