"""The report keeps the stages that a run left out, and says so where ours and a peer differ."""

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import bench.speed.__main__ as door
from bench.speed import stages
from bench.speed.row import SpeedRow


def row(stage, equal=True, peer=2.0):
    return SpeedRow(stage, "a case", 10.0, peer, "a peer", "MB/s", equal)


@pytest.fixture
def made_up(monkeypatch):
    table = {"one": lambda _: [row("one")], "two": lambda _: [row("two")]}
    monkeypatch.setattr(stages, "STAGES", table)
    monkeypatch.setattr(door, "STAGES", table)
    return table


def test_rows_of_a_stage_that_is_not_run_again_stay(made_up, tmp_path, capsys):
    assert door.main(["--out", str(tmp_path)]) == 0
    made_up["two"] = lambda _: [SpeedRow("two", "another", 30.0, 2.0, "a peer", "MB/s", True)]
    capsys.readouterr()
    assert door.main(["two", "--json", "--out", str(tmp_path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [r["ratio"] for r in printed] == [15.0]
    kept = json.loads((tmp_path / "speed.json").read_text())["stages"]
    assert [kept[name]["rows"][0]["case"] for name in ("one", "two")] == ["a case", "another"]
    assert "15.0x" in (tmp_path / "speed.md").read_text()


def test_a_difference_is_printed_and_is_a_status(made_up, tmp_path, capsys):
    made_up["one"] = lambda _: [row("one", equal=False)]
    assert door.main(["one", "--out", str(tmp_path)]) == 1
    assert "NO" in capsys.readouterr().out


def test_a_peer_that_is_missing_has_no_ratio(made_up, tmp_path, capsys):
    made_up["one"] = lambda _: [row("one", peer=None)]
    assert door.main(["one", "--json", "--out", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)[0]["ratio"] is None


@pytest.mark.usefixtures("made_up")
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_timed(capsys):
    assert door.main(["one", "--out", __file__]) == 2
    said = capsys.readouterr().err
    assert "is no folder that can be written" in said and "Timing" not in said


@pytest.mark.usefixtures("made_up")
def test_a_misspelt_stage_is_one_line(tmp_path, capsys):
    assert door.main(["tow", "--out", str(tmp_path)]) == 2
    assert "did you mean 'two'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_every_stage_of_the_table_has_its_file_and_its_name_there():
    for name in stages.STAGES:
        source = ast.parse(Path(find_spec(f"bench.speed.stages.{name}").origin).read_text())
        assert f"time_{name}" in {node.name for node in source.body if isinstance(node, ast.FunctionDef)}


def test_help_imports_no_stage():
    heavy = "('torch', 'bench.speed.stages.parse')"
    told = f"import bench.speed.__main__, sys; print([m for m in sys.modules if m in {heavy}])"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_curves_of_a_stage_are_drawn_into_the_folder_that_is_named(made_up, monkeypatch, tmp_path):
    drawn = []
    monkeypatch.setattr(door, "FIGURES", {"two": lambda out, _: drawn.append(out)})
    assert door.main(["one", "--out", str(tmp_path)]) == 0
    assert drawn == [] and set(made_up) == {"one", "two"}
    assert door.main(["two", "--out", str(tmp_path)]) == 0
    assert drawn == [tmp_path]
