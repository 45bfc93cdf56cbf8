"""The card says what a model was trained on, and outlives loading and saving."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from smile.config import Alignment, Config, Model, Rendering, to_dict
from smile.model import FaceText, build_face_text
from smile.model.card import Origin


def build(rendering: Rendering | None = None) -> FaceText:
    torch.manual_seed(0)
    return build_face_text(
        Model(embedding_size=16),
        channels=4,
        image_size=32,
        captions=["jaw dropped"],
        alignment=Alignment(),
        rendering=rendering,
    )


def origin(stand_in: str) -> Origin:
    return Origin(
        "BU-4DFE", stand_in, "research only", 120, 20, "geometry", to_dict(Config()), "c0ffee", {"torch": "2"}
    )


@pytest.mark.parametrize("stand_in", ["", "ICT-FaceKit"])
def test_the_card_names_data_arm_settings_and_versions(tmp_path: Path, stand_in: str) -> None:
    model = build()
    model.config.origin = origin(stand_in).to_dict()
    model.save_pretrained(tmp_path / "first")
    card = (tmp_path / "first" / "README.md").read_text()
    for said in (
        "BU-4DFE",
        "research only",
        "120",
        "geometry",
        "no labels",
        '"epochs"',
        "c0ffee",
        "torch: 2",
        "4 channels",
    ):
        assert said in card, said
    assert ("they are not recordings" in card) == bool(stand_in)
    FaceText.from_pretrained(tmp_path / "first").save_pretrained(tmp_path / "second")
    assert (tmp_path / "second" / "README.md").read_text() == card


def test_a_model_of_unknown_origin_says_so(tmp_path: Path) -> None:
    build().save_pretrained(tmp_path)
    assert "carries no origin" in (tmp_path / "README.md").read_text()


def test_the_rendering_stays_with_the_model(tmp_path: Path) -> None:
    build(Rendering(view_count=5, channels=("depth",))).save_pretrained(tmp_path)
    kept = FaceText.from_pretrained(tmp_path).config.rendering
    assert kept == to_dict(Rendering(view_count=5, channels=("depth",)))


def test_the_example_of_the_card_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    build(Rendering(view_count=5, channels=("depth",))).save_pretrained(tmp_path / "FOLDER")
    (code,) = re.findall(r"```python\n(.*?)```", (tmp_path / "FOLDER" / "README.md").read_text(), re.DOTALL)
    shape = [int(number) for number in re.findall(r"views, (\d+), (\d+), (\d+)\]", code)[0]]
    assert shape == [4, 32, 32]
    np.save("images.npy", np.zeros((2, 5, *shape), dtype=np.uint8))
    found: dict[str, Any] = {}
    exec(code, found)
    assert found["codes"].face_embedding.shape == (2, 16)
