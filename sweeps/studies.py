"""TABLE STUDIES: named searches; each says which settings it varies, and over which ranges."""

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
    """Describes a positive number whose logarithm is uniform between log(low) and log(high)."""

    low: float
    high: float

    def holds(self, value: Any) -> bool:
        """Returns whether `value` lies in the range."""
        return bool(self.low <= value <= self.high)

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}, logarithmic"


@dataclass(frozen=True)
class Among:
    """Describes a setting that takes one of a few values."""

    values: tuple[Any, ...]

    def holds(self, value: Any) -> bool:
        """Returns whether `value` is one of `values`."""
        return value in self.values

    def __str__(self) -> str:
        return "one of " + ", ".join(map(str, self.values))


Range = LogUniform | Among


def read_ranges(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Range]:
    """Returns the ranges from the dictionaries that `dataclasses.asdict` made of them."""
    return {key: Among(tuple(v["values"])) if "values" in v else LogUniform(**v) for key, v in values.items()}


@dataclass(frozen=True)
class Study:
    """Describes a search: it varies the settings in `ranges`; `settings` change the default config of all trials."""

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
        """Returns the config from which trials start: defaults, then the study's settings, then the user's `changes`.

        Raises UserError on a misspelt key, and where a searched setting lies outside its range.
        """
        config = override(override(Config(), self.settings), changes)
        for key, value in self.default(config).items():
            if not self.ranges[key].holds(value):
                raise UserError(
                    f"setting {key!r}: {value!r} is outside of what this study searches: {self.ranges[key]}"
                )
        return config

    def default(self, config: Config) -> Sample:
        """Returns the values of the searched settings in `config`, which are those of trial 0."""
        return {key: flatten(config)[key] for key in self.ranges}

    def every(self) -> list[Sample] | None:
        """Returns all combinations of values, in order; None where a range is continuous."""
        choices = []
        for values in self.ranges.values():
            if not isinstance(values, Among):
                return None
            choices.append(values.values)
        return [dict(zip(self.ranges, combination, strict=True)) for combination in itertools.product(*choices)]


#: Trials are short, so that eight trials end within minutes on two cores.
SHORT = {"training.epochs": 30}

STUDIES: dict[str, Study] = {
    "loss_weights": Study(
        purpose="How much each of the three losses should weigh, and the two constants inside them.",
        ranges={
            "losses.decorrelation.weight": LogUniform(0.0005, 10.0),
            "losses.alignment.weight": LogUniform(0.1, 10.0),
            "losses.redundancy.weight": LogUniform(0.00005, 10.0),
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
    """Returns the study `name`; raises UserError, with the closest name, where there is none."""
    if name not in STUDIES:
        raise unknown("study", name, STUDIES)
    return STUDIES[name]
