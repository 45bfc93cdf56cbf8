"""Prediction as a library and as a command: pictures as in training, sentences, probes, faces that cannot be used."""

import dataclasses
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from transformers.utils import logging

from smile.commands.predict import _tell
from smile.data.face import EXPRESSIONS
from smile.errors import UserError
from smile.model.encoding import encode_faces
from smile.prediction import Prediction, Predictor
from smile.prediction.zero_shot import banks, embed_classes
from smile.rendering.cache.cache import load_or_render
from smile.run import main
from smile.sets.readers import read_data_set


@pytest.fixture(scope="module")
def predictor(place: Path) -> Predictor:
    return Predictor.from_pretrained(place / "model")


def test_pictures_are_drawn_as_those_of_the_training(place: Path, predictor: Predictor) -> None:
    """Of the same clip without its landmarks: the same cameras, channels and size, nearly the same pixels."""
    seen = load_or_render(
        read_data_set("bu4dfe", place / "data"), predictor.rendering, place / "cache", lambda *_: None
    )
    (face,) = predictor.predict(place / "data" / "F001" / "Happy")
    trained_on = seen.images[seen.clip_ids.index("F001/Happy")]
    assert face.pictures is not None and face.pictures.shape == trained_on.shape
    assert np.abs(face.pictures.astype(int) - trained_on).mean() < 4


def test_zero_shot_is_the_softmax_of_scaled_cosines(place: Path, predictor: Predictor) -> None:
    (face,) = predictor.predict(place / "data" / "F001" / "Sad")
    assert list(face.probabilities) == list(EXPRESSIONS) and face.frames == 5
    vector = encode_faces(predictor.model, face.pictures[None]).face_embedding[0]
    cosines = embed_classes(predictor.model, banks(EXPRESSIONS)) @ vector / np.linalg.norm(vector)
    powers = np.exp(predictor.model.scale.item() * cosines)
    np.testing.assert_allclose(list(face.probabilities.values()), powers / powers.sum(), rtol=1e-4)
    assert face.label == EXPRESSIONS[int(cosines.argmax())]


def test_prompts_take_the_place_of_classes(place: Path, predictor: Predictor) -> None:
    prompts = ["lip corners up", "jaw dropped"]
    faces = predictor.predict([place / "data" / "F001" / "Happy"] * 2, prompts=prompts)
    assert [list(face.probabilities) for face in faces] == [prompts] * 2
    assert faces[0].probabilities == faces[1].probabilities


def test_a_face_that_cannot_be_used_is_named_and_stops_no_other(
    place: Path, predictor: Predictor, tmp_path: Path
) -> None:
    (tmp_path / "broken").mkdir()
    for number in range(3):
        (tmp_path / "broken" / f"{number}.wrl").write_text("#VRML V2.0 utf8\n")
    still = place / "data" / "F001" / "Happy" / "003.wrl"
    broken, single, good = predictor.predict([tmp_path / "broken", still, place / "data" / "F001" / "Happy"])
    assert broken.label == "" and "0.wrl" in broken.reason
    assert "does not move" in single.reason and not single.probabilities
    assert good.label in EXPRESSIONS and not good.reason


def test_what_shows_nothing_is_no_face(predictor: Predictor, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.obj").write_text("v 0 0 5e4\nv 1e5 0 5e4\nv 0 1e5 5e4\nf 1 2 3\n")
    (face,) = predictor.predict(tmp_path)
    assert face.reason and not face.probabilities


def test_a_model_of_single_scans_reads_a_single_scan(place: Path, predictor: Predictor) -> None:
    config = dict(predictor.model.config.rendering, channels=["normals", "depth"])
    model = predictor.model
    kept, model.config.rendering = model.config.rendering, config
    try:
        (face,) = Predictor(model).predict(place / "data" / "F001" / "Happy" / "003.wrl")
    finally:
        model.config.rendering = kept
    assert face.label in EXPRESSIONS and face.frames == 1


def test_a_model_of_single_scans_takes_each_scan_of_a_folder_for_a_face(
    place: Path, predictor: Predictor, tmp_path: Path
) -> None:
    for number, clip in enumerate(("F001/Happy", "F002/Sad", "M001/Fear")):
        shutil.copy(place / "data" / clip / "003.wrl", tmp_path / f"{number}.wrl")
    (tmp_path / "._0.wrl").write_bytes(b"\0\5\x16\7")
    model = predictor.model
    kept, model.config.rendering = model.config.rendering, dict(model.config.rendering, channels=["normals", "depth"])
    try:
        found = Predictor(model).predict([tmp_path, tmp_path / "1.wrl"])
    finally:
        model.config.rendering = kept
    assert [Path(one.id).name for one in found] == ["0.wrl", "1.wrl", "2.wrl", "1.wrl"]
    assert all(one.frames == 1 and one.label for one in found)
    assert found[1].probabilities == found[3].probabilities != found[0].probabilities
    assert [one.frames for one in predictor.predict(tmp_path)] == [3]  # a model of clips


def test_a_scan_that_cannot_be_read_is_named_once_and_nothing_is_said_of_percent(predictor: Predictor) -> None:
    said = _tell(predictor, [Prediction("a.obj", 1, reason="a.obj: byte 3: torn"), Prediction("b", 4, reason="empty")])
    assert said.splitlines()[-2:] == ["a.obj: byte 3: torn", "b: empty"]


@pytest.mark.slow
def test_a_probe_is_fitted_kept_and_used(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faces, model = str(place / "data" / "F001"), str(place / "model")
    shared = ["predict", faces, "--model", model, "--probe", str(tmp_path / "probe"), "--json"]
    fitting = ["--fit", f"bu4dfe={place / 'data'}", "--cache", str(place / "cache")]
    assert main([*shared, *fitting]) == 0
    first = json.loads(capsys.readouterr().out)
    assert "30 clips of BU-4DFE" in first["by"] and first["trained_on"]["stand_in"] == "synthetic"
    right = [face["label"] == label for face, label in zip(first["faces"], EXPRESSIONS, strict=True)]
    assert sum(right) >= 4  # it was fitted on these, with their landmarks; here they have none
    assert main(shared) == 0
    assert json.loads(capsys.readouterr().out)["faces"] == first["faces"]


def test_the_command_prints_a_table_and_draws_what_was_seen(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "seen.png"
    arguments = ["predict", str(place / "data" / "M001"), "--model", str(place / "model"), "--picture", str(picture)]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert said.count("M001/") == 6 and "zero-shot" in said and "made faces (synthetic)" in said
    with Image.open(picture) as sheet:
        assert len(np.unique(np.asarray(sheet).reshape(-1, 3), axis=0)) > 100


def test_prompts_may_come_from_a_file(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "prompts.txt").write_text("brows drawn together, lips pressed\n\njaw dropped\n")
    face, model = str(place / "data" / "F001" / "Angry"), str(place / "model")
    assert main(["predict", face, "--model", model, "--prompts", str(tmp_path / "prompts.txt"), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["faces"]
    assert list(found["probabilities"]) == ["brows drawn together, lips pressed", "jaw dropped"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name a mesh file"),
        (["nowhere.obj"], "nowhere.obj does not exist"),
        (["FACE", "--classes", "boredom"], "does not know the words of 'boredom'"),
        (["FACE", "--probe", "nowhere"], "--fit NAME=DIR"),
        (["FACE", "--probe", "x", "--classes", "anger"], "leave out --classes"),
        (["FACE", "--fit", "bu4df=x"], "did you mean 'bu4dfe'"),
        (["FACE", "--picture", "seen.xyz"], "--picture seen.xyz: write a .png or .jpg"),
        (
            ["FACE", "--prompts", ", ".join(f"a smile of joy {number}" for number in range(100))],
            "does not know the words of",
        ),
    ],
)
def test_a_mistake_is_one_line_and_status_two(place, arguments, words, capsys, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    face = str(place / "data" / "F001" / "Happy")
    given = [face if word == "FACE" else word for word in arguments]
    assert main(["predict", *given, "--model", str(place / "model")]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("smile.run")]
    assert len(lines) == 1 and words in lines[0]


def test_what_is_no_model_and_a_model_of_unknown_pictures_are_one_error(predictor: Predictor, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no model"):
        Predictor.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(UserError, match=r"holds a model of the type 'bert', .*smile\.run train wrote"):
        Predictor.from_pretrained(tmp_path)
    model = predictor.model
    kept, model.config.rendering = model.config.rendering, None
    try:
        with pytest.raises(UserError, match="how its images are drawn"):
            Predictor(model)
    finally:
        model.config.rendering = kept


def test_a_pipe_in_the_place_of_weights_is_not_waited_for(place: Path, tmp_path: Path) -> None:
    for file in (place / "model").iterdir():
        (tmp_path / file.name).symlink_to(file)
    for name in ("model.safetensors", "checksums.json", "README.md"):
        (tmp_path / name).unlink()
        os.mkfifo(tmp_path / name)
        with pytest.raises(UserError, match=f"{name}: cannot be read: a pipe, no file; name the folder"):
            Predictor.from_pretrained(tmp_path)
        (tmp_path / name).unlink()
        (tmp_path / name).symlink_to(place / "model" / name)


def test_a_probe_is_not_fitted_on_faces_of_another_kind(place: Path, predictor: Predictor) -> None:
    seen = load_or_render(
        read_data_set("bu4dfe", place / "data"), predictor.rendering, place / "cache", lambda *_: None
    )
    with pytest.raises(UserError, match="1 planes and the model reads 4"):
        predictor.fit(dataclasses.replace(seen, images=seen.images[:, :, :1]))


def test_a_probe_is_not_fitted_on_faces_that_do_not_move(place: Path, predictor: Predictor) -> None:
    seen = load_or_render(
        read_data_set("bu4dfe", place / "data"), predictor.rendering, place / "cache", lambda *_: None
    )
    still = replace(seen, images=np.full_like(seen.images, 128))
    with pytest.raises(UserError, match="single scans do not move: fit the probe on clips"):
        predictor.fit(still)


def test_the_picture_of_made_faces_calls_them_made(place: Path, predictor: Predictor) -> None:
    faces = predictor.predict(place / "data" / "F001" / "Angry")
    assert predictor.show(faces).stand_in == "synthetic"


def test_reading_a_model_draws_no_bar_and_leaves_the_setting_alone(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "_tqdm_active", True)
    Predictor.from_pretrained(place / "model")
    assert capsys.readouterr().err == ""
    assert logging.is_progress_bar_enabled()
