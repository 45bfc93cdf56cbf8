"""Frozen orders are what was frozen, all of a release, and a changed file is refused."""

import hashlib
import json
import tomllib
from pathlib import Path

import pytest

from bench.protocols import frozen
from bench.protocols.frozen import FOLDER, draw_frozen_order, read_frozen
from smile.errors import BadFile


def grammar(women, men, width):
    return [f"{sex}{n:0{width}d}" for sex, count in (("F", women), ("M", men)) for n in range(1, count + 1)]


#: Who is in each release, by the grammar of its names; and the hash, which must never change again.
RELEASES = {
    "bu3dfe": (grammar(56, 44, 4), "c8e29c58d0724e5d"),
    "bosphorus": ([f"bs{n:03d}" for n in range(105)], "b6cc7f32c78912b8"),
    "bu4dfe": (grammar(58, 43, 3), "d07690c8ecf8e679"),
    "bp4d": (grammar(23, 18, 3), "6c00431e40250055"),
}


def test_every_file_is_known_here():
    assert {path.stem for path in FOLDER.iterdir()} == set(RELEASES)


@pytest.mark.parametrize("name", RELEASES)
def test_an_order_holds_everyone_once_and_is_the_one_that_was_drawn(name):
    subjects, known = RELEASES[name]
    order = read_frozen(name)
    assert sorted(order.order) == sorted(subjects)
    assert order == draw_frozen_order(name, order.version, subjects[::-1])
    assert order.hash == known


@pytest.mark.parametrize("name", RELEASES)
def test_the_rule_in_the_file_is_the_rule(name):
    def place(subject):
        return hashlib.sha256(f"{name}|1|{subject}".encode()).hexdigest()

    order = read_frozen(name).order
    assert list(order) == sorted(order, key=place)


@pytest.mark.parametrize("damage", ["swap", "hash", "name", "cut", "gone", "list"])
def test_a_changed_file_is_refused(tmp_path, monkeypatch, damage):
    content = json.loads((FOLDER / "bp4d.json").read_text())
    if damage == "swap":
        content["order"][:2] = content["order"][1::-1]
    elif damage in ("hash", "name"):
        content[damage] = "bu4dfe"
    text = "[]" if damage == "list" else json.dumps(content)
    if damage != "gone":
        (tmp_path / "bp4d.json").write_text(text[:40] if damage == "cut" else text)
    monkeypatch.setattr(frozen, "FOLDER", tmp_path)
    with pytest.raises(BadFile, match=r"bp4d\.json"):
        read_frozen("bp4d")


def test_the_package_carries_the_files():
    text = (Path(frozen.__file__).parents[2] / "pyproject.toml").read_text()
    assert "protocols/frozen/*.json" in tomllib.loads(text)["tool"]["setuptools"]["package-data"]["bench"]
