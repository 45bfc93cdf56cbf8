"""Checks values against the kinds that dataclasses state: settings as people write them, and content of JSON files.

Also says what may be opened: regular files, of a size that memory bears.
"""

from __future__ import annotations

import dataclasses
import errno
import math
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from smile.errors import UserError, unknown

#: Largest whole number of a setting, as of an option: libraries keep seeds and counts in 32 bits.
MOST = 2**31 - 1


@dataclass(frozen=True)
class Within:
    """Holds the limits of a number; both limits are allowed values, except `low` where `open` is True."""

    low: float
    high: float = math.inf
    open: bool = False

    def holds(self, value: float) -> bool:
        """Returns whether `value` is a finite number within the limits."""
        return self.low <= value <= self.high and math.isfinite(value) and not (self.open and value == self.low)

    def __str__(self) -> str:
        if math.isfinite(self.high) and self.high != MOST:  # which people meet by mistake alone
            return f"{'more than ' * self.open}{self.low:g} to {self.high:g}"
        return f"more than {self.low:g}" if self.open else f"at least {self.low:g}"


Count = Annotated[int, Within(1, MOST)]
Natural = Annotated[int, Within(0, MOST)]
Positive = Annotated[float, Within(0, open=True)]
Amount = Annotated[float, Within(0)]
Fraction = Annotated[float, Within(0, 1)]
Degrees = Annotated[float, Within(-180, 180)]

#: Largest file that is read into memory, on disk or in an archive; a scan of 50,000 vertices has some 10 MB as text.
MOST_BYTES = 2**28

_KINDS_OF_FILE = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
_WORDS |= {list: "a list", dict: "named values"}


class Irregular(OSError):
    """Says that what lies at a path is no regular file."""

    def __str__(self) -> str:
        return str(self.strerror)


def require_regular(path: Path) -> int:
    """Returns the size of the file at `path` in bytes; OSError where there is none that can be opened and read.

    A pipe is Irregular, because it would be waited for without end, and so is a device, which may go on without end.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        what = _KINDS_OF_FILE.get(stat.S_IFMT(status.st_mode), "a folder")
        raise Irregular(errno.EINVAL, f"{what}, no file", str(path))
    return status.st_size


def tell_absence(path: Path) -> str:
    """Returns why neither a file nor a folder can be read at `path`, e.g. "does not exist"; empty where one can."""
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "is a link that leads to itself"
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            return f"cannot be read ({error.strerror})"
        return "is a link that leads nowhere" if path.is_symlink() else "does not exist"
    return f"is {_KINDS_OF_FILE[kind]}, no file and no folder" if kind in _KINDS_OF_FILE else ""


def read_regular(path: Path, most: int = MOST_BYTES) -> bytes:
    """Returns the content of the regular file at `path`; OSError where it is none or has more than `most` bytes."""
    if (size := require_regular(path)) > most:
        raise OSError(errno.EFBIG, f"goes on to {size:,} bytes; {most:,} are allowed", str(path))
    return path.read_bytes()


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
        limits = get_args(kind)[1]
        most = f", at most {limits.high:.10g}" if value > limits.high == MOST else ""
        shown = f"{value:g}" if abs(value) < 1e300 or isinstance(value, float) else f"of {len(str(value))} digits"
        raise UserError(f"setting {key!r} is {shown}; choose {limits}{most}")


def rebuild(kind: Any, content: Any, place: str = "") -> Any:
    """Returns the dataclass, tuple, mapping or plain value of this `kind` from what JSON keeps of it.

    A dataclass states name and kind of each field, and limits where it has them; a number in the place of a text, a
    missing field or an unknown one raises ValueError, which names the place, e.g. "setting.seed: 'x' is not a whole
    number". Nothing is converted but lists to tuples and whole numbers to floats.

    Example: rebuild(tuple[int, ...], [1, 2]) is (1, 2).
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _rebuild_fields(kind, content, place)
    if origin in (Union, UnionType):
        return None if content is None else rebuild(_without_none(arguments), content, place)
    if origin is tuple:
        parts = _expect(content, list, place)
        kinds = [arguments[0]] * len(parts) if arguments[-1] is ... else arguments
        if len(kinds) != len(parts):
            raise ValueError(f"{place}: {len(parts)} values instead of {len(kinds)}")
        return tuple(rebuild(kinds[row], part, f"{place}[{row}]") for row, part in enumerate(parts))
    if origin in (dict, Mapping):
        found = _expect(content, dict, place)
        return {name: rebuild(arguments[1], value, _join(place, name)) for name, value in found.items()}
    return content if kind is Any else _rebuild_plain(kind, content, place)


def _rebuild_fields(kind: Any, content: Any, place: str) -> Any:
    kinds, found = _kinds(kind), _expect(content, dict, place)
    if different := kinds.keys() ^ found.keys():
        raise ValueError(f"{_join(place, 'fields')} that are missing or not known: {', '.join(sorted(different))}")
    return kind(**{name: rebuild(one, found[name], _join(place, name)) for name, one in kinds.items()})


@cache
def _kinds(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _without_none(kinds: tuple[Any, ...]) -> Any:
    return next(kind for kind in kinds if kind is not NoneType)


def _rebuild_plain(kind: Any, content: Any, place: str) -> Any:
    plain = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    limits = get_args(kind)[1] if plain is not kind else Within(-math.inf)
    try:
        found = float(content) if plain is float and type(content) is int else _expect(content, plain, place)
        if plain in (int, float) and not limits.holds(found):
            raise ValueError(f"{place}: {str(content)[:40]} is not {limits}")
    except OverflowError:
        raise ValueError(f"{place}: a number of {len(str(content))} digits is out of range") from None
    return found


def _expect(content: Any, kind: type, place: str) -> Any:
    """Returns the content where it is of exactly this kind: True is no number."""
    if type(content) is not kind:
        shown = repr(content)
        raise ValueError(f"{place}: {shown[:40]}{'...' * (len(shown) > 40)} is not {_WORDS[kind]}")
    return content


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


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
