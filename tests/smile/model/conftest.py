"""Folders with tiny pretrained towers of every kind, as save_pretrained leaves them."""

from pathlib import Path

import pytest
import torch
from transformers import (
    BertConfig,
    BertModel,
    CLIPConfig,
    CLIPModel,
    Dinov2Config,
    Dinov2Model,
    ResNetConfig,
    ResNetModel,
    SiglipConfig,
    SiglipModel,
    ViTConfig,
    ViTModel,
)

from smile.captions.prompts import prompt_bank
from smile.data.face import EXPRESSIONS
from smile.model.text_tower import build_tokenizer

#: What the tokenizers of the folders know.
CAPTIONS = ("brows raised, mouth open", "jaw dropped")

_SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
_PICTURE = {"image_size": 32, "patch_size": 8}
_TEXT = {"vocab_size": 32, "max_position_embeddings": 24}
_HALVES = {"vision_config": _SIZES | _PICTURE, "text_config": _SIZES | _TEXT}


def _make(kind: str) -> torch.nn.Module:
    torch.manual_seed(5)
    match kind:
        case "clip":
            return CLIPModel(CLIPConfig(**_HALVES, projection_dim=8))
        case "siglip":
            return SiglipModel(SiglipConfig(**_HALVES))
        case "dinov2":
            return Dinov2Model(Dinov2Config(**_SIZES, image_size=28, patch_size=14))
        case "vit":
            return ViTModel(ViTConfig(**_SIZES, **_PICTURE))
        case "resnet":
            return ResNetModel(ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic"))
        case _:
            return BertModel(BertConfig(**_SIZES, **_TEXT))


@pytest.fixture(scope="session", params=["clip", "siglip", "dinov2", "vit", "resnet"])
def vision_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    _make(request.param).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session", params=["clip", "siglip", "bert"])
def text_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    _make(request.param).save_pretrained(folder)
    build_tokenizer(CAPTIONS).save_pretrained(folder)
    return folder


@pytest.fixture
def two_tower_folder(tmp_path: Path) -> Path:
    """A tiny CLIP, drawn at random, that knows the words of the prompts."""
    torch.manual_seed(3)
    tokenizer = build_tokenizer([sentence for name in EXPRESSIONS for sentence in prompt_bank(name)])
    # 2 is what makes CLIP pool at the token of the highest number: these sentences have no end token.
    words = {"vocab_size": len(tokenizer), "max_position_embeddings": 40, "eos_token_id": 2, "bos_token_id": 0}
    halves = {"vision_config": _SIZES | _PICTURE, "text_config": _SIZES | words}
    folder = tmp_path / "two_towers"
    model = CLIPModel(CLIPConfig(**halves, projection_dim=8))
    with torch.no_grad():
        # As transformers draws it, all pictures look alike to it.
        for name, weight in model.named_parameters():
            if "norm" not in name and not name.endswith("bias"):
                weight.normal_(std=0.3)
        model.vision_model.embeddings.class_embedding.zero_()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
