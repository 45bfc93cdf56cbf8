"""Checks the value of a setting: a number within limits, or one of a few words; converts text to a value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from smile.errors import UserError, unknown


@dataclass(frozen=True)
class Within:
    """Holds the limits of a number; both limits are allowed values, except `low` where `open` is True."""

    low: float
    high: float = math.inf
    open: bool = False

    def holds(self, value: float) -> bool:
        """Returns whether `value` is a finite number within the limits."""
        return math.isfinite(value) and self.low <= value <= self.high and not (self.open and value == self.low)

    def __str__(self) -> str:
        if math.isfinite(self.high):
            return f"{'more than ' * self.open}{self.low:g} to {self.high:g}"
        return f"more than {self.low:g}" if self.open else f"at least {self.low:g}"


Count = Annotated[int, Within(1)]
Natural = Annotated[int, Within(0)]
Positive = Annotated[float, Within(0, open=True)]
Amount = Annotated[float, Within(0)]
Fraction = Annotated[float, Within(0, 1)]
Degrees = Annotated[float, Within(-180, 180)]

_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def read_value(value: Any, kind: Any, key: str, example: Any) -> Any:
    """Converts the `value` of the setting `key` to `kind`: parses text, never rounds a number, checks the limits.

    Example: read_value("3", Count, "rendering.key_frames", 3) is 3. Raises UserError, which shows `example`, where
    the value is not of that kind or lies outside its limits.
    """
    try:
        found = _convert(value, kind)
    except (TypeError, ValueError, OverflowError):
        shown = ",".join(map(str, example)) if isinstance(example, tuple) else str(example).lower()
        such = f", such as {shown}" if shown else ""
        raise UserError(f"setting {key!r}: {value!r} is not {_name(kind)}{such}") from None
    check(found, kind, key)
    return found


def check(value: Any, kind: Any, key: str) -> None:
    """Raises UserError where `value` is outside the limits of `kind`; the error names what can be chosen instead."""
    if get_origin(kind) is tuple:
        for one in value:
            check(one, get_args(kind)[0], key)
    if get_origin(kind) is Literal and value not in get_args(kind):
        raise unknown(key, value, get_args(kind))
    if get_origin(kind) is Annotated and not get_args(kind)[1].holds(value):
        raise UserError(f"setting {key!r} is {value:g}; choose {get_args(kind)[1]}")


def _convert(value: Any, kind: Any) -> Any:
    if get_origin(kind) is Annotated:
        return _convert(value, get_args(kind)[0])
    if get_origin(kind) is tuple:
        parts = value.split(",") if isinstance(value, str) and value else value
        return tuple(_convert(part.strip() if isinstance(part, str) else part, get_args(kind)[0]) for part in parts)
    if get_origin(kind) is Literal:
        return str(value)
    if kind is bool:
        return ("false", "true").index(str(value).lower()) == 1
    if kind is int and not isinstance(value, str) and int(value) != value:
        raise ValueError(value)
    return kind(value)


def _name(kind: Any) -> str:
    """Names a kind for an error, e.g. "a whole number"; a Literal needs no name: `_convert` never fails on one."""
    if get_origin(kind) is Annotated:
        return _name(get_args(kind)[0])
    if get_origin(kind) is tuple:
        return f"{_name(get_args(kind)[0]).removeprefix('a ')}s separated by commas"
    return _WORDS[kind]
