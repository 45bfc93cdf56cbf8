"""The written files are what their templates say, and every version is that of the lock file."""

import re
import shutil

import pytest

from cluster.__main__ import main
from cluster.settings import ROOT, read_versions
from cluster.writing import FILES, TEMPLATES, fill, find_stale, make_files


def test_the_files_in_the_tree_are_what_the_templates_say():
    assert find_stale() == [], "run: python -m cluster"


def test_every_template_is_used():
    used = {*FILES.values(), "setup.yaml", "start.yaml", "kuberay/pods.yaml"}
    assert {file.relative_to(TEMPLATES).as_posix() for file in TEMPLATES.rglob("*") if file.is_file()} == used


@pytest.fixture
def other(tmp_path):
    """A project with another Ray in its lock file."""
    (tmp_path / "smile").mkdir()
    shutil.copy(ROOT / "smile" / "__init__.py", tmp_path / "smile")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    lock = (ROOT / "requirements.lock").read_text()
    (tmp_path / "requirements.lock").write_text(re.sub(r"^ray==.*$", "ray==9.8.7", lock, flags=re.MULTILINE))
    return tmp_path


def test_a_version_follows_the_lock_file(other):
    made = make_files(other)
    assert 'rayVersion: "9.8.7"' in made["cluster/kuberay/raycluster.yaml"]
    assert "-ray9.8.7" in made["cluster/compose.yaml"]
    assert "version('ray') == '9.8.7'" in made["cluster/Dockerfile"]
    assert find_stale(other) == list(FILES)  # none is written there yet


def test_no_file_names_another_version_of_ray():
    wanted = read_versions()["ray"]
    for path, text in make_files().items():
        named = re.findall(r"(?:-ray|rayVersion: \"|ray==)(\d[\d.]*\d)", text)
        assert set(named) <= {wanted}, path


def test_a_lock_file_without_ray_is_refused(other):
    (other / "requirements.lock").write_text("numpy==2.0\n")
    with pytest.raises(ValueError, match=r"no line is like \^ray=="):
        read_versions(other)


def test_a_value_of_several_lines_is_indented_as_its_name_was():
    assert fill("a:\n  @list@\nb: @one@", {"list": "- x\n\n- y", "one": "1"}) == "a:\n  - x\n\n  - y\nb: 1"


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError, match="nmae"):
        fill("x: @nmae@", {"name": "1"})


def test_the_command_says_that_nothing_is_to_do(capsys):
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == "all files are as their templates say\n"
