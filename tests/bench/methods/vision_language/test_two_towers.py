"""Tiny CLIP and SigLIP, as plain transformers saves them, are probed and read words as transformers itself does."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate, normalize
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPVisionConfig,
    SiglipConfig,
    SiglipModel,
    SiglipTextConfig,
    SiglipVisionConfig,
    ViTConfig,
    ViTModel,
)

from bench.methods import METHODS
from bench.methods.method import TextEncoder, fit_blind
from bench.methods.vision_language.saved_model import open_saved
from bench.suites import choose_probes
from smile.captions.pretrained import DEVIATION, MEAN
from smile.captions.prompts import prompt_bank
from smile.config import Config
from smile.data.face import EXPRESSIONS
from smile.model.text_tower import build_tokenizer
from tests.bench.campaigns import Quiet, campaign_in, run_campaign

WIDTHS = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
PROMPTS = [prompt for name in EXPRESSIONS for prompt in prompt_bank(name)]


def make_model(kind, words):
    if kind == "clip":
        text = CLIPTextConfig(**WIDTHS, vocab_size=words, max_position_embeddings=40, eos_token_id=1).to_dict()
        vision = CLIPVisionConfig(**WIDTHS, image_size=24, patch_size=8).to_dict()
        return CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=4))
    text = SiglipTextConfig(**WIDTHS, vocab_size=words, max_position_embeddings=40, projection_size=8).to_dict()
    vision = SiglipVisionConfig(**WIDTHS, image_size=24, patch_size=8).to_dict()
    return SiglipModel(SiglipConfig(text_config=text, vision_config=vision))


@pytest.fixture(scope="module", params=["clip", "siglip"])
def saved(request, tmp_path_factory):
    """A folder that transformers wrote, its model and its tokenizer."""
    torch.manual_seed(0)
    tokenizer = build_tokenizer(PROMPTS)
    model = make_model(request.param, len(tokenizer)).eval()
    folder = tmp_path_factory.mktemp("pair") / request.param
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder, model, tokenizer


def unwrap(output):
    return output if isinstance(output, torch.Tensor) else output.pooler_output


def test_faces_and_sentences_are_embedded_as_transformers_does(saved, make_views):
    folder, model, tokenizer = saved
    views = make_views(subjects=2, size=16)
    encoder = fit_blind(open_saved(str(folder)), views, Config(), lambda *_: None)
    assert isinstance(encoder, TextEncoder)
    grey = torch.from_numpy(views.images).float().flatten(0, 1).expand(-1, 3, -1, -1) / 255
    shown = (grey - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]
    padding = "max_length" if "siglip" in folder.name else True
    tokens = tokenizer(PROMPTS, padding=padding, max_length=40, truncation=True, return_tensors="pt")
    tokens = {key: tokens[key] for key in ("input_ids", "attention_mask")}
    with torch.no_grad():
        resized = interpolate(shown, (24, 24), mode="bilinear", antialias=True)
        faces = normalize(unwrap(model.get_image_features(pixel_values=resized)), dim=1).view(len(views), 2, -1)
        words = unwrap(model.get_text_features(**tokens))
    np.testing.assert_allclose(encoder.embed_jointly(views), faces.mean(dim=1).numpy(), atol=1e-5)
    np.testing.assert_allclose(encoder.embed_sentences(PROMPTS), words.numpy(), atol=1e-5)
    assert encoder.embed(views).shape == (len(views), 2 * 8)


def test_a_row_is_probed_and_told_by_words_alone(saved, make_views, tmp_path, monkeypatch):
    monkeypatch.setitem(METHODS, "pair", open_saved(str(saved[0])))
    campaign = campaign_in(tmp_path, ("pixels",), "quick")
    suite = choose_probes(campaign.suite, ("linear_probe", "zero_shot"), ())
    campaign = dataclasses.replace(campaign, suite=dataclasses.replace(suite, methods=("pair",)))
    probed, told = run_campaign(campaign, [make_views()], Quiet())
    assert not probed.reason and not told.reason
    assert probed.metrics["accuracy"].value > 0.4
    assert 0 <= told.metrics["accuracy"].value <= 1
    assert probed.family == "pretrained" and probed.cost.parameters > 0


def test_a_model_of_pictures_alone_has_no_text_side(tmp_path, make_views):
    ViTModel(ViTConfig(**WIDTHS, image_size=24, patch_size=8)).save_pretrained(tmp_path / "vit")
    encoder = fit_blind(open_saved(str(tmp_path / "vit")), make_views(subjects=1), Config(), lambda *_: None)
    assert not isinstance(encoder, TextEncoder)
