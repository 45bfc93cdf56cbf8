"""What a setting may be: numbers with limits, one of a few words; a value checked, and text read as one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from smile.errors import UserError, unknown


@dataclass(frozen=True)
class Within:
    """Limits of a number, both of them allowed; with `open`, the low one is not."""

    low: float
    high: float = math.inf
    open: bool = False

    def holds(self, value: float) -> bool:
        """Whether `value` is a finite number within the limits."""
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
    """`value` of the setting `key` as `kind`; text is parsed, and only lossless conversions are made.

    Raises UserError, with `example`, on what is not of that kind or outside of its limits.
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
    """Raises UserError where `value` is outside of the limits of `kind`, with what could be chosen instead."""
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
    """What is expected, in words; of no Literal, as every text is read as one and then checked."""
    if get_origin(kind) is Annotated:
        return _name(get_args(kind)[0])
    if get_origin(kind) is tuple:
        return f"{_name(get_args(kind)[0]).removeprefix('a ')}s separated by commas"
    return _WORDS[kind]
