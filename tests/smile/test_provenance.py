"""Hashes and commands say exactly what was run."""

import os
import shlex

import pytest
import torch

from smile import provenance


def test_the_command_can_be_typed_again():
    given = ["--set", "rendering.channels=depth, normals", "--out", "a b"]
    assert shlex.split(provenance.command_line("bench.run", given)) == ["python", "-m", "bench.run", *given]


@pytest.mark.parametrize("vectors", ["AVX2", "AVX512"])
def test_a_processor_is_named_with_what_decides_the_order_of_its_sums(vectors, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: vectors)
    assert f" CPU ({vectors}), " in provenance.device() and provenance.device().endswith(f"{os.cpu_count()} cores")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("{here}/results", "results"),
        ("{here}", "."),
        ("--out={here}/", "--out=."),
        ("bu4dfe={here}//faces/of a", "'bu4dfe=faces/of a'"),
        ("{here}s/next", "~/checkouts/next"),
        ("{home}/data/bp 4d", "~/'data/bp 4d'"),
        ("{home}", "~"),
        ("x={home}/a,{here}/b,/data{home}/c", "'x=~/a,b,/data{home}/c'"),
        ("sqlite:///{home}/study.db", "'sqlite:///~/study.db'"),
        ("/data/BU4DFE", "/data/BU4DFE"),
    ],
)
def test_a_recorded_command_names_no_folder_of_its_users(given, kept, tmp_path, monkeypatch):
    home, here = tmp_path / "home" / "wanda", tmp_path / "home" / "wanda" / "checkout"
    here.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    said = provenance.command_line("bench.run", [given.format(home=home, here=here)])
    assert said == f"python -m bench.run {kept.format(home=home)}"


def test_a_working_folder_behind_a_link_is_known_by_both_names(tmp_path, monkeypatch):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to("disk")
    monkeypatch.chdir(tmp_path / "link")
    monkeypatch.setenv("PWD", str(tmp_path / "link"))
    given = [f"{tmp_path}/link/a", f"{tmp_path}/disk/b"]
    assert provenance.command_line("bench.run", given) == "python -m bench.run a b"


@pytest.mark.parametrize("password", ["p", "p:w", "p@w", "p/w", "p/@w", ""])
def test_a_recorded_command_holds_no_password(password):
    said = provenance.command_line("sweeps.run", ["--storage", f"postgresql://me:{password}@host:5432/db"])
    assert said == "python -m sweeps.run --storage 'postgresql://me:***@host:5432/db'"


@pytest.mark.parametrize("query", ["password=hunter2", "user=me&password=hunter2", "sslmode=x&sslpassword=hunter2"])
def test_a_recorded_command_holds_no_password_behind_a_question_mark(query):
    said = provenance.command_line("sweeps.run", ["--storage", f"postgresql://host/db?{query}&connect_timeout=5"])
    assert "hunter2" not in said and "***&connect_timeout=5" in said


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
