"""A model folder that brings code of its own never has it run, whatever stdin answers."""

import io
import json
from importlib import import_module

import numpy as np
import pytest

from smile.captions.pretrained import ask_pretrained
from smile.errors import UserError
from smile.model.face_text import FaceText
from smile.model.text_tower import read_tokenizer
from smile.model.towers import load_tower


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A folder whose code leaves a canary behind when it is imported, and the place of the canary."""
    folder, canary = tmp_path / "trap", tmp_path / "canary"
    folder.mkdir()
    (folder / "trap.py").write_text(f"import pathlib\npathlib.Path({str(canary)!r}).write_text('ran')\n")
    classes = {
        "AutoConfig": "trap.TrapConfig",
        "AutoModel": "trap.TrapModel",
        "AutoTokenizer": ["trap.TrapTokenizer", None],
    }
    (folder / "config.json").write_text(json.dumps({"model_type": "trap", "auto_map": classes}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"auto_map": classes}))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))  # where transformers would copy the code to
    return folder, canary


@pytest.mark.parametrize(
    "load",
    [
        lambda folder: load_tower(folder, "vision"),
        lambda folder: load_tower(folder, "text"),
        read_tokenizer,
        lambda folder: ask_pretrained(folder, np.zeros((1, 1, 3, 8, 8), np.uint8), ("normals",) * 3, ("fear",)),
        FaceText.from_pretrained,
    ],
    ids=["image tower", "text tower", "tokenizer", "pseudo labels", "model"],
)
def test_no_loader_runs_it(trap, load, monkeypatch):
    folder, canary = trap
    monkeypatch.setattr("builtins.input", lambda *_: "yes")
    with pytest.raises((UserError, OSError, ValueError)):
        load(str(folder))
    assert not canary.exists()


@pytest.mark.parametrize(
    "command",
    [
        "smile.run predict face.obj --model {trap}",
        "smile.run train --set model.image_tower={trap} --out out",
        "smile.run train --text-tower {trap}",
        "bench.run --methods pixels --model {trap}",
        "bench.run --methods simclr --set model.image_tower={trap}",
        "bench.run features --model {trap} --out f.npz",
        "bench.run tune --methods simclr --set model.image_tower={trap}",
        "sweeps.run loss_weights --set model.image_tower={trap}",
        "sweeps.run plan loss_weights --set model.text_tower={trap}",
        "sweeps.run confirm loss_weights --set model.image_tower={trap}",
        "sweeps.run front loss_weights --set model.image_tower={trap}",
    ],
)
def test_no_door_runs_it_where_stdin_says_yes(trap, command, tmp_path, monkeypatch, capsys):
    folder, canary = trap
    (tmp_path / "face.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n" * 100))
    door, *words = command.format(trap=folder).split()
    assert import_module(door).main(words) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and str(folder) in error
    assert not canary.exists()
