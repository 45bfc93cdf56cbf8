"""Presets: their sizes, and that every one reads what the small one reads."""

import pytest
import torch

from smile.model.image_tower import ImageTower, open_image_tower
from smile.model.presets import IMAGE, IMAGE_PRESETS, TEXT, TEXT_PRESETS, Transformer
from smile.model.text_tower import TextTower, open_text_tower


@pytest.fixture
def thin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every transformer with two thin layers, so that a test is quick."""
    for table in (IMAGE, TEXT):
        for name in table:
            monkeypatch.setitem(table, name, Transformer(16, 2, 2))


@pytest.mark.usefixtures("thin")
@pytest.mark.parametrize("name", IMAGE_PRESETS)
@pytest.mark.parametrize("size", [8, 64, 224])
def test_pictures_of_any_size_and_channels_are_read(name: str, size: int) -> None:
    tower = ImageTower(open_image_tower(name, 4, size), 4).eval()
    assert isinstance(tower.adapter, torch.nn.Identity)  # made for these channels
    features = tower(torch.rand(2, 4, size, size))
    assert features.shape == (2, tower.feature_size) and not torch.equal(features[0], features[1])


@pytest.mark.usefixtures("thin")
@pytest.mark.parametrize("name", TEXT_PRESETS)
def test_sentences_are_read(name: str) -> None:
    model, tokenizer = open_text_tower(name, ["jaw dropped", "brows raised"])
    tokens = tokenizer(["jaw dropped", "brows"], padding=True, return_tensors="pt")
    features = TextTower(model).eval()(tokens["input_ids"], tokens["attention_mask"])
    assert features.shape == (2, 16) and not torch.equal(features[0], features[1])


def test_base_has_the_shape_of_clip() -> None:
    """86 million weights of ViT-B/16 (Radford et al. 2021), from 196 patches of 224 pixels; none is allocated here."""
    with torch.device("meta"):
        tower = open_image_tower("base", 3, 224)
    assert tower.embeddings.position_embedding.num_embeddings == 14 * 14 + 1
    assert sum(value.numel() for value in tower.parameters()) == 85_799_424
