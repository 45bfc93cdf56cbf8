"""Which weights decay, how fast layers learn, and what is frozen."""

from pathlib import Path

import pytest
import torch

from smile.config import Alignment, Model, Training
from smile.model import FaceText, build_face_text
from smile.model.parameter_groups import parameter_groups


def build(**settings: object) -> FaceText:
    torch.manual_seed(0)
    plain = Model(embedding_size=16, **settings)  # type: ignore[arg-type]
    return build_face_text(plain, channels=3, image_size=32, captions=["jaw dropped"], alignment=Alignment())


def factors(model: FaceText, decay: float) -> dict[str, float]:
    groups = parameter_groups(model, Training(layer_decay=decay))
    found = {id(parameter): group["multiplier"] for group in groups for parameter in group["params"]}
    return {name: found[id(value)] for name, value in model.named_parameters() if id(value) in found}


def test_every_weight_is_in_one_group_and_one_dimensional_ones_do_not_decay() -> None:
    model = build()
    groups = parameter_groups(model, Training(weight_decay=0.3, layer_decay=0.5))
    members = [id(parameter) for group in groups for parameter in group["params"]]
    assert sorted(members) == sorted(id(parameter) for parameter in model.parameters())
    for group in groups:
        assert all((group["weight_decay"] == 0.3) == (parameter.ndim > 1) for parameter in group["params"])


def test_without_layer_decay_all_learn_alike() -> None:
    assert set(factors(build(), 1.0).values()) == {1.0}
    assert len(parameter_groups(build(), Training())) == 2


#: Tower -> weights of its stem, of its two layers (or stages) and of what stands behind them.
SAMPLES = {
    "clip": (
        "pre_layrnorm.weight",
        "encoder.layers.0.mlp.fc1.bias",
        "encoder.layers.1.mlp.fc1.bias",
        "post_layernorm.bias",
    ),
    "siglip": (
        "embeddings.patch_embedding.bias",
        "encoder.layers.0.mlp.fc1.bias",
        "encoder.layers.1.mlp.fc1.bias",
        "head.probe",
    ),
    "dinov2": (
        "embeddings.cls_token",
        "encoder.layer.0.mlp.fc1.bias",
        "encoder.layer.1.norm1.weight",
        "layernorm.weight",
    ),
    "vit": ("embeddings.cls_token", "layers.0.mlp.fc1.bias", "layers.1.layernorm_before.bias", "pooler.dense.bias"),
    "resnet": (
        "embedder.embedder.normalization.bias",
        "encoder.stages.0.layers.0.layer.1.normalization.bias",
        "encoder.stages.1.layers.0.layer.0.normalization.bias",
    ),
    "bert": (
        "embeddings.word_embeddings.weight",
        "encoder.layer.0.output.dense.bias",
        "encoder.layer.1.attention.output.LayerNorm.bias",
    ),
}


def test_layers_of_an_image_tower_learn_slower_the_further_down_they_are(vision_folder: Path) -> None:
    found = factors(build(image_tower=str(vision_folder)), 0.5)
    for name, factor in zip(
        SAMPLES[next(kind for kind in SAMPLES if vision_folder.name.startswith(kind))],
        (0.125, 0.25, 0.5, 1),
        strict=False,
    ):
        assert found[f"image.tower.{name}"] == factor, name
    assert all(factor == 1 for name, factor in found.items() if ".tower." not in name)


def test_layers_of_a_text_tower_learn_slower_the_further_down_they_are() -> None:
    found = factors(build(text_tower="small"), 0.5)  # of four layers
    for name, factor in zip(SAMPLES["bert"], (0.5**5, 0.5**4, 0.5**3), strict=True):
        assert found[f"text.tower.{name}"] == factor, name


def test_the_preset_s_convolutions_are_its_layers() -> None:
    found = factors(build(), 0.1)
    for number, factor in enumerate((1e-3, 1e-2, 1e-1)):
        assert found[f"image.tower.layers.{number}.0.weight"] == pytest.approx(factor)
    assert found["image.tower.pooler.weight"] == 1.0


@pytest.mark.parametrize("frozen", [("image",), ("text",), ("image", "text")])
def test_a_frozen_tower_does_not_learn_and_has_no_dropout(text_folder: Path, frozen: tuple[str, ...]) -> None:
    model = build(text_tower=str(text_folder), **{f"freeze_{part}": True for part in frozen}).train()
    groups = parameter_groups(model, Training())
    members = {id(parameter) for group in groups for parameter in group["params"]}
    for part in ("image", "text"):
        tower = getattr(model, part).tower
        assert tower.training == (part not in frozen)
        assert {id(value) in members for value in tower.parameters()} == {part not in frozen}
    assert all(id(value) in members for value in model.image_projection.parameters())
