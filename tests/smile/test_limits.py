"""What JSON keeps of a dataclass is rebuilt by the kinds of its fields, and nothing else is taken for it."""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from smile.atomic import read_json
from smile.config import Config, override
from smile.digests import digest_file
from smile.errors import BadFile, UserError
from smile.limits import Fraction, Natural, read_regular, rebuild, require_regular


@dataclass(frozen=True)
class Leg:
    """A part of a walk."""

    place: str
    steps: Natural


@dataclass(frozen=True)
class Walk:
    """All kinds that records have."""

    legs: tuple[Leg, ...]
    span: tuple[int, float]
    done: Fraction | None
    last: Leg | None
    wet: bool
    seen: Mapping[str, float]
    notes: dict[str, Any]


WALK = Walk((Leg("hill", 3), Leg("lake", 0)), (1, 2.5), 0.5, None, True, {"owls": 2.0}, {"a": [1, {"b": None}]})


@pytest.mark.parametrize("walk", [WALK, Walk((), (-1, 0.0), None, Leg("inn", 1), False, {}, {})])
def test_what_was_written_comes_back(walk: Walk) -> None:
    assert rebuild(Walk, json.loads(json.dumps(asdict(walk)))) == walk


def test_a_whole_number_serves_as_a_number() -> None:
    found = rebuild(Mapping[str, float], {"owls": 2})
    assert found == {"owls": 2.0} and type(found["owls"]) is float


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"legs": {}}, r"^legs: \{\} is not a list"),
        ({"legs": [{"place": "hill", "steps": "3"}]}, r"^legs\[0\].steps: '3' is not a whole number"),
        ({"legs": [{"place": "hill", "steps": True}]}, r"^legs\[0\].steps: True is not a whole number"),
        ({"legs": [{"place": "hill", "steps": 1.0}]}, r"^legs\[0\].steps: 1.0 is not a whole number"),
        ({"legs": [{"place": "hill", "steps": -1}]}, r"^legs\[0\].steps: -1 is not at least 0"),
        ({"legs": [{"place": "hill"}]}, r"^legs\[0\].fields that are missing or not known: steps"),
        ({"legs": [{"place": None, "steps": 1}]}, r"^legs\[0\].place: None is not text"),
        ({"span": [1]}, r"^span: 1 values instead of 2"),
        ({"span": [1, "x" * 99]}, r"^span\[1\]: 'x{39}\.\.\. is not a number$"),
        ({"done": 1.5}, r"^done: 1.5 is not 0 to 1"),
        ({"done": float("nan")}, r"^done: nan is not 0 to 1"),
        ({"last": 3}, r"^last: 3 is not named values"),
        ({"wet": 1}, r"^wet: 1 is not true or false"),
        ({"seen": {"owls": "2"}}, r"^seen.owls: '2' is not a number"),
        ({"seen": {"owls": 10**400}}, r"^seen.owls: a number of 401 digits is out of range$"),
        ({"span": [10**400, 1]}, r"^span\[0\]: a number of 401 digits is out of range$"),
        ({"notes": []}, r"^notes: \[\] is not named values"),
        ({"foreign": 1}, r"^fields that are missing or not known: foreign"),
    ],
)
def test_what_is_of_another_kind_is_named(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rebuild(Walk, json.loads(json.dumps(asdict(WALK) | change)))


@pytest.fixture
def odd(tmp_path: Path) -> dict[str, Path]:
    """What is no file -> where it lies."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(tmp_path / "socket"))
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    places = {"a socket": "socket", "a pipe": "link", "a folder": "folder"}
    return {what: tmp_path / name for what, name in places.items()} | {"a device": Path("/dev/zero")}


def test_what_is_no_file_is_named_and_not_waited_for(odd: dict[str, Path]) -> None:
    for what, path in odd.items():
        for read in (require_regular, read_regular, digest_file):
            with pytest.raises(OSError, match=f"^{what}, no file$"):
                read(path)
        with pytest.raises(BadFile, match=f"^{path}: cannot be read: {what}, no file; mend it$"):
            read_json(path, "mend it")


def test_a_file_is_read_up_to_a_size(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert require_regular(tmp_path / "a") == 5 and read_regular(tmp_path / "a", most=5) == b"12345"
    with pytest.raises(OSError, match="goes on to 5 bytes; 4 are allowed"):
        read_regular(tmp_path / "a", most=4)
    os.truncate(tmp_path / "a", 2**35)  # takes no room on the disk, and would take all memory
    with pytest.raises(BadFile, match=r"a: cannot be read: .*goes on to 34,359,738,368 bytes.*; mend it"):
        read_json(tmp_path / "a", "mend it")


@pytest.mark.parametrize("key", ["training.seed", "training.epochs", "rendering.frames"])
def test_no_number_of_a_setting_is_beyond_32_bits(key: str) -> None:
    assert override(Config(), {key: str(2**31 - 1)})
    for number in (2**31, 2**63, 10**400):
        with pytest.raises(UserError, match=f"'{key}' is .*; choose at least [01], at most 2147483647"):
            override(Config(), {key: str(number)})
