"""A damaged folder of a pretrained model is one error at every door, whatever the libraries raise over it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from smile.captions.pretrained import ask_pretrained
from smile.config import Model
from smile.errors import UserError
from smile.model.hub import reading, try_tower
from smile.model.image_tower import open_image_tower
from smile.model.text_tower import open_text_tower
from smile.model.towers import require_towers


def put(key: str, value: object) -> Callable[[Path], None]:
    """Sets a field of a JSON file."""

    def change(file: Path) -> None:
        content = json.loads(file.read_text())
        file.write_text(json.dumps({**content, key: value}))

    return change


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def nest(file: Path) -> None:
    file.write_text('{"model_type": ' + "[" * 100_000)


def hollow(file: Path) -> None:
    file.unlink()
    file.mkdir()


def lose_weights(file: Path) -> None:
    weights = load_file(file)
    weights.pop(next(name for name in weights if name.startswith("vision_model.encoder")))
    save_file(weights, file, {"format": "pt"})


def spoil(file: Path) -> None:
    weights = {name: torch.full_like(value, torch.nan) for name, value in load_file(file).items()}
    save_file(weights, file, {"format": "pt"})


CONFIG = [cut, nest, hollow, put("hidden_size", 0), put("hidden_size", "wide"), put("model_type", [1])]
WEIGHTS = [cut, Path.unlink, hollow, lose_weights, spoil]
TOKENS = [cut, nest, put("model", {"type": "WordLevel"}), put("padding", True)]


def damages(*files: tuple[str, list[Callable[[Path], None]]]) -> list[object]:
    return [pytest.param(name, harm, id=f"{name}-{number}") for name, all_ in files for number, harm in enumerate(all_)]


def one_line(act: Callable[[], object], place: Path) -> str:
    with pytest.raises(UserError) as caught:
        act()
    assert "\n" not in str(caught.value) and str(place) in str(caught.value)
    return str(caught.value)


@pytest.fixture
def place(tmp_path: Path, two_tower_folder: Path) -> Path:
    return Path(shutil.copytree(two_tower_folder, tmp_path / "model"))


TOWERS = damages(("config.json", CONFIG[:3]), ("model.safetensors", WEIGHTS))


@pytest.mark.parametrize(("name", "harm"), TOWERS)
def test_a_damaged_image_tower_is_one_error(place: Path, name: str, harm: Callable[[Path], None]) -> None:
    harm(place / name)

    def act() -> None:
        require_towers(Model(image_tower=str(place)))
        open_image_tower(str(place), 2, 24)

    one_line(act, place)


@pytest.mark.parametrize(("name", "harm"), damages(("config.json", CONFIG[1:2]), ("tokenizer.json", TOKENS)))
def test_a_damaged_text_tower_is_one_error(place: Path, name: str, harm: Callable[[Path], None]) -> None:
    harm(place / name)

    def act() -> None:
        require_towers(Model(text_tower=str(place)))
        open_text_tower(str(place), ["jaw dropped"])

    one_line(act, place)


NORMALISATIONS = [put("image_mean", [1, 2]), put("image_mean", None), put("image_std", [1, 0, 1]), cut, nest, hollow]


@pytest.mark.parametrize(
    ("name", "harm"),
    damages(
        ("config.json", CONFIG[1:2]),
        ("model.safetensors", [cut, spoil]),
        ("tokenizer.json", TOKENS[2:3]),
        ("preprocessor_config.json", NORMALISATIONS),
    ),
)
def test_a_damaged_guesser_is_one_error(place: Path, name: str, harm: Callable[[Path], None]) -> None:
    stated = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
    (place / "preprocessor_config.json").write_text(json.dumps(stated))
    images = np.zeros((1, 1, 3, 8, 8), np.uint8)
    harm(place / name)
    one_line(lambda: ask_pretrained(str(place), images, ["normals"] * 3, ["anger", "fear"]), place)


def test_a_model_of_ours_is_no_tower(tmp_path: Path) -> None:
    from smile.config import Alignment
    from smile.model import build_face_text

    settings = Model(embedding_size=8)
    build_face_text(settings, channels=1, image_size=16, captions=None, alignment=Alignment()).save_pretrained(tmp_path)
    said = one_line(lambda: require_towers(Model(image_tower=str(tmp_path))), tmp_path)
    assert "gives no features of one width; it is no vision tower" in said


def test_a_trial_changes_no_draw() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    try_tower("a tower", lambda: torch.rand(5))  # as a tower with dropout draws
    assert torch.rand(3).equal(expected)


def test_a_mistake_that_is_told_already_is_left_as_it_is() -> None:
    with pytest.raises(UserError, match=r"^told$"), reading("complaint"):
        raise UserError("told")
    with pytest.raises(UserError, match=r"^complaint: KeyError; remedy$"), reading("complaint", "remedy"):
        raise KeyError
