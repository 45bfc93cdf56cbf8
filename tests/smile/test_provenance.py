"""Hashes and commands say exactly what was run."""

import shlex

import pytest

from smile import provenance


def test_the_command_can_be_typed_again():
    given = ["--set", "rendering.channels=depth, normals", "--out", "a b"]
    assert shlex.split(provenance.command_line("bench.run", given)) == ["python", "-m", "bench.run", *given]


def test_the_source_hash_follows_every_byte_and_name(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    measure = provenance.source_hash.__wrapped__
    (tmp_path / "room").mkdir()
    file = tmp_path / "room" / "a.py"
    hashes = []
    for name, text in (("a.py", "x = 1"), ("a.py", "x = 2"), ("b.py", "x = 2")):
        file.unlink(missing_ok=True)
        file = tmp_path / "room" / name
        file.write_text(text)
        hashes.append(measure("room"))
    assert len(set(hashes)) == 3 and measure("room") == measure("room/b.py")
    with pytest.raises(FileNotFoundError):
        measure("missing")


CODE = '''"""A module."""

LIMIT = 3  # mm


def scale(x, by="""two
lines"""):
    """Scales."""
    # why
    if x:
        "a text that stands alone"
        return x * LIMIT
    return f"{x} {by}"
'''


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ('"""A module."""', '"""Another sentence."""', True),
        ('    """Scales."""\n', "", True),
        ("  # mm", "  # metres", True),
        ("    # why\n", "\n\n", True),
        ("a text that stands alone", "another", True),
        ("def scale(x, by=", "def scale(\n    x, by=", True),
        ("LIMIT = 3", "LIMIT = 4", False),
        ("two\nlines", "two lines", False),
        ("x * LIMIT", "x + LIMIT", False),
        ('f"{x} {by}"', 'f"{x}  {by}"', False),
        ("    return f", "        return f", False),
        ("def scale", "def stretch", False),
    ],
)
def test_the_code_hash_follows_code_and_not_prose(tmp_path, monkeypatch, old, new, same):
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    assert old in CODE
    hashes = []
    for text in (CODE, CODE.replace(old, new)):
        (tmp_path / "a.py").write_text(text)
        hashes.append(provenance.code_hash.__wrapped__("a.py"))
    assert (hashes[0] == hashes[1]) == same


def test_without_a_checkout_the_commit_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    assert provenance.commit.__wrapped__() == "unknown"


def test_versions_name_what_can_change_a_result():
    assert {"python", "smile-fer4d", "numpy", "torch"} <= set(provenance.versions())
