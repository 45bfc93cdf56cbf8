"""The door of smile, used as a person would: stand-in data, a picture, a model."""

import json

import numpy as np
import pytest
from PIL import Image

from smile.model import FaceText
from smile.model.encoding import encode_sentences
from smile.run import main
from smile.sets.readers import read_data_set


def made(*more):
    return [*more, "--subjects", "2", "--frames", "3"]


def test_export_writes_a_tree_that_the_reader_takes_for_a_stand_in(tmp_path, capsys):
    arguments = made("export", "--data", "synthetic", "--format", "bu4dfe", "--out", str(tmp_path / "tree"))
    assert main(arguments) == 0
    assert "12 clips of 2 subjects" in capsys.readouterr().out
    tree = read_data_set("bu4dfe", tmp_path / "tree")
    assert (len(tree.clips), tree.stand_in, len(tree.clips[0].frames)) == (12, "synthetic", 3)


def test_export_of_another_performance_tells_it_and_its_ceiling(tmp_path, capsys):
    arguments = made("export", "--performance", "theories", "--identities", "blended", "--out", str(tmp_path / "tree"))
    assert main(arguments) == 0
    assert "ceiling" in capsys.readouterr().out
    tree = read_data_set("bu4dfe", tmp_path / "tree")
    assert tree.stand_in == "synthetic, theories, blended" and len(tree.clips) > 4
    assert json.loads((tmp_path / "tree" / "ceiling.json").read_text())["clips"] == len(tree.clips)


def test_a_layout_that_asks_for_more_than_the_performance_knows_is_refused(tmp_path, capsys):
    assert main(made("export", "--performance", "theories", "--format", "bp4d", "--out", str(tmp_path / "tree"))) == 2
    assert "not 'embarrassment'" in capsys.readouterr().err and not (tmp_path / "tree").exists()


def test_the_ceiling_is_printed_without_drawing_and_not_known_of_a_folder(tmp_path, capsys):
    assert main(made("ceiling", "--data", "synthetic:micro", "--json")) == 0
    assert json.loads(capsys.readouterr().out)["subjects"] == 2
    assert main(made("export", "--out", str(tmp_path / "tree"))) == 0
    capsys.readouterr()
    assert main(["ceiling", "--data", f"bu4dfe={tmp_path / 'tree'}"]) == 2
    assert "faces in the making" in capsys.readouterr().err


def test_export_counts_what_it_wrote_and_not_what_was_acted(tmp_path, capsys):
    assert main(["export", "--format", "bu3dfe", "--subjects", "1", "--out", str(tmp_path / "tree")]) == 0
    assert "25 clips of 1 subjects" in capsys.readouterr().out  # neutral, and six expressions at four levels


def test_views_draws_a_sheet_with_something_on_it(tmp_path):
    out = tmp_path / "sheet.png"
    assert main(made("views", "--cache", str(tmp_path / "cache"), "--out", str(out))) == 0
    with Image.open(out) as sheet:
        assert len(np.unique(np.asarray(sheet).reshape(-1, 3), axis=0)) > 1000


@pytest.mark.slow
def test_views_of_a_data_set_of_one_scan_and_of_a_folder(tmp_path, capsys):
    tree, cache = tmp_path / "tree", ["--cache", str(tmp_path / "cache"), "--set", "rendering.image_size=24"]
    assert main(["export", "--subjects", "1", "--frames", "2", "--format", "bu4dfe", "--out", str(tree)]) == 0
    clip = next(folder for folder in sorted(tree.rglob("*")) if (folder / "000.wrl").exists())
    for what, out, words in (
        (f"bu4dfe={tree}", "set.png", "6 clips rendered"),
        (str(clip / "000.wrl"), "scan.png", "1 clips rendered"),
        (str(clip), "clip.png", "1 clips rendered"),
        (str(clip), "clip.gif", "1 clips, 2 images over 0.1 s"),
        (f"bu4dfe={tree}", "set.webp", "6 clips, 2 images"),
    ):
        assert main(["views", what, "--out", str(tmp_path / out), *cache]) == 0
        assert words in capsys.readouterr().out
        with Image.open(tmp_path / out) as picture:
            assert len(np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0)) > 30


def test_views_draws_the_subject_that_is_asked_for_and_nobody_else(tmp_path, capsys):
    sheets = []
    for subject in ("F001", "M001"):
        out = tmp_path / f"{subject}.png"
        settings = ["--set", "rendering.image_size=24", "--cache", str(tmp_path / "cache")]
        assert main(made("views", "--subject", subject, "--out", str(out), *settings)) == 0
        sheets.append(out.read_bytes())
        assert "6 clips rendered" in capsys.readouterr().out, "two people have twelve clips"
    assert sheets[0] != sheets[1]
    assert main(made("views", "--subject", "F01")) == 2
    assert "unknown subject 'F01': did you mean 'F001'? known: F001, M001" in capsys.readouterr().err


def test_train_leaves_a_model_that_reads_sentences(tmp_path):
    settings = ["--set", "training.epochs=1", "--set", "training.batch_size=4", "--cache", str(tmp_path / "cache")]
    assert main(made("train", *settings, "--text-tower", "small", "--out", str(tmp_path / "model"))) == 0
    model = FaceText.from_pretrained(tmp_path / "model")
    assert model.config.text_config["hidden_size"] == 256
    assert model.config.rendering["view_count"] == 3 and (tmp_path / "model" / "README.md").exists()
    apart = encode_sentences(model, ["mouth open", "inner brows raised"])
    assert apart.shape == (2, model.config.embedding_size) and not np.allclose(*apart)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "--data", "sythetic", "--out", "x"], "did you mean 'synthetic'"),
        (["export", "--format", "bu4df", "--out", "x"], "did you mean 'bu4dfe'"),
        (["export", "--data", "ict", "--out", "x"], "--data ict=DIR"),
        (["export", "--data", "ict=nowhere", "--out", "x"], "nowhere"),
        (["export", "--data", "bu4dfe=nowhere", "--out", "x"], "nowhere"),
        (["train", "--data", "bu4dfe"], "--data bu4dfe=DIR"),
        (["views", "bu4dfe=nowhere"], "nowhere"),
        (["views", "bu4df=nowhere"], "did you mean 'bu4dfe'"),
        (["views", "nowhere.obj"], "nowhere.obj does not exist; give a mesh file"),
        (["views", "--out", "sheet.tiff"], "write a .png or .jpg for a sheet"),
        (["train", "--recipe", "tinny"], "did you mean 'tiny'"),
        (["train", "--image-tower", "tinny"], "unknown vision tower 'tinny': did you mean 'tiny'"),
        (["train", "--text-tower", "nowhere/at/all"], "tower 'nowhere/at/all' cannot be read"),
        (["train", "--set", "training.epoch=3"], "did you mean 'training.epochs'"),
        (["train", "--set", "model.fusion=gat"], "unknown model.fusion 'gat': did you mean 'gate'"),
        (["train", "--out", f"{__file__}/model"], "is no folder that can be written"),
    ],
)
def test_a_mistake_is_one_line_and_status_two(arguments, words, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ICT_FACEKIT", raising=False)
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_finished_run_is_left_alone_and_others_are_not_overwritten(tmp_path, capsys):
    out = str(tmp_path / "model")
    given = made("train", "--steps", "2", "--cache", str(tmp_path / "cache"), "--out", out)
    assert main(given) == 0
    record = json.loads((tmp_path / "model" / "run.json").read_text())
    assert record["last"]["step"] == 2 and record["data"]["stand_in"]
    assert record["command"].startswith("python -m smile.run train --steps 2") and out in record["command"]
    weights = (tmp_path / "model" / "model.safetensors").read_bytes()
    changed = (tmp_path / "model" / "model.safetensors").stat().st_mtime_ns
    capsys.readouterr()
    assert main(given) == 0
    assert "finished already" in capsys.readouterr().out
    assert (tmp_path / "model" / "model.safetensors").stat().st_mtime_ns == changed
    settings = (tmp_path / "model" / "config.json").read_text()
    (tmp_path / "model" / "config.json").write_text(settings[:-9])
    assert main(given) == 2, "a damaged model is not a finished one"
    assert "config.json: is not what" in (said := capsys.readouterr().err) and "--fresh" in said
    (tmp_path / "model" / "config.json").write_text(settings)
    assert main([*given[:2], "3", *given[3:]]) == 2
    assert "training.steps differ" in capsys.readouterr().err
    assert main([*given, "--fresh"]) == 0
    assert (tmp_path / "model" / "model.safetensors").stat().st_mtime_ns != changed
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == weights


def test_train_keeps_off_a_folder_that_holds_something_else(tmp_path, capsys):
    (tmp_path / "README.md").write_text("mine")
    assert main(made("train", "--steps", "1", "--cache", str(tmp_path / "cache"), "--out", str(tmp_path))) == 2
    assert "is not empty and holds no run" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize("option", ["--steps", "--workers"])
def test_train_needs_a_step_and_somebody_to_take_it(option, tmp_path, capsys):
    assert main(made("train", option, "0", "--out", str(tmp_path / "model"))) == 2
    assert f"{option} 0: " in capsys.readouterr().err


def test_what_a_killed_command_had_not_finished_is_removed(tmp_path):
    beside, within = tmp_path / ".sheet.png.abcdefgh.png", tmp_path / "views" / ".index.json.x_y_z012.json"
    within.parent.mkdir()
    for litter in (beside, within):
        litter.touch()
    small = ["--set", "rendering.image_size=24"]
    assert main(made("views", *small, "--cache", str(tmp_path / "views"), "--out", str(tmp_path / "sheet.png"))) == 0
    assert not beside.exists() and within.exists()
    assert main(made("prepare", *small, "--out", str(tmp_path / "views"))) == 0
    assert not within.exists()
