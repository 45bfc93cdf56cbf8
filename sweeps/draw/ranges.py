"""Describes the values that a search may choose for a setting: a range of numbers, or a few values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smile.config import Config, flatten, override
from smile.errors import UserError
from smile.limits import rebuild


@dataclass(frozen=True)
class LogUniform:
    """Describes a positive number whose logarithm is uniform between log(low) and log(high)."""

    low: float
    high: float

    def holds(self, value: Any) -> bool:
        """Returns whether `value` lies in the range."""
        return bool(self.low <= value <= self.high)

    @property
    def edges(self) -> tuple[Any, ...]:
        """The values that must be allowed settings."""
        return self.low, self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}, logarithmic"


@dataclass(frozen=True)
class Uniform:
    """Describes a number that is uniform between `least` and `most`."""

    least: float
    most: float

    def holds(self, value: Any) -> bool:
        """Returns whether `value` lies in the range."""
        return bool(self.least <= value <= self.most)

    @property
    def edges(self) -> tuple[Any, ...]:
        """The values that must be allowed settings."""
        return self.least, self.most

    def __str__(self) -> str:
        return f"{self.least:g} to {self.most:g}"


@dataclass(frozen=True)
class Among:
    """Describes a setting that takes one of a few values."""

    values: tuple[Any, ...]

    def holds(self, value: Any) -> bool:
        """Returns whether `value` is one of `values`."""
        return value in self.values

    @property
    def edges(self) -> tuple[Any, ...]:
        """The values that must be allowed settings."""
        return self.values

    def __str__(self) -> str:
        words = [str(value) for value in self.values]
        return "one of " + ("; " if any("," in word for word in words) else ", ").join(words)


Range = LogUniform | Uniform | Among


def read_ranges(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Range]:
    """Returns the ranges from the dictionaries that `dataclasses.asdict` made of them; ValueError from others."""
    return {key: _read(held) for key, held in values.items()}


def _read(held: Mapping[str, Any]) -> Range:
    kind = Among if "values" in held else LogUniform if "low" in held else Uniform
    found: Range = rebuild(kind, {key: list(own) if isinstance(own, tuple) else own for key, own in held.items()})
    return found


def parse_range(option: str) -> tuple[str, Range]:
    """Returns (setting, range) of an option `--range KEY=LOW:HIGH`, `KEY=LOW:HIGH:log` or `KEY=A,B,C`.

    Example: "losses.alignment.weight=0.1:10:log" gives LogUniform(0.1, 10). Raises UserError on another form, on an
    unknown setting, and where a value is none that the setting can have.
    """
    key, _, text = option.partition("=")
    if not text or not re.fullmatch(r"[^:]+|[^:]+:[^:]+(:log)?", text):
        raise _refuse(option, "say its values, as in KEY=0.1:10, KEY=0.1:10:log or KEY=1,3,5")
    ends = text.removesuffix(":log").split(":")
    if len(ends) == 1:
        return key, Among(tuple(dict.fromkeys(_convert(key, word.strip()) for word in text.split(","))))
    low, high = (_convert(key, end.strip()) for end in ends)
    return key, _span(option, low, high, text.endswith(":log"))


def _span(option: str, low: Any, high: Any, log: bool) -> Range:
    if type(low) is not float or type(high) is not float:
        raise _refuse(option, "this setting is no continuous number; list its values, as in KEY=1,3,5")
    if low >= high:
        raise _refuse(option, "the first number must be the smaller one")
    if log and low <= 0:
        raise _refuse(option, "0 has no logarithm")
    return LogUniform(low, high) if log else Uniform(low, high)


def _convert(key: str, text: str) -> Any:
    return flatten(override(Config(), {key: text}))[key]


def _refuse(option: str, reason: str) -> UserError:
    return UserError(f"--range {option}: {reason}")
