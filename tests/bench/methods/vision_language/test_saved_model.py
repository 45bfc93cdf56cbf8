"""Saved models are measured as they are: ours, and half of a tiny CLIP; none that may have seen the tested people."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig

from bench.methods.method import Unsuitable, fit_blind
from bench.methods.vision_language.saved_model import open_saved
from smile.config import Config
from smile.errors import BadFile, UserError
from smile.model.card import Origin
from smile.model.encoding import encode_faces
from smile.training.pretraining import initialise

WIDTHS = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}


def measure(place, views):
    return fit_blind(open_saved(str(place)), views, Config(), lambda *_: None).embed(views)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A tiny CLIP on disk, and the model itself."""
    torch.manual_seed(0)
    text = CLIPTextConfig(**WIDTHS, vocab_size=9, max_position_embeddings=8, eos_token_id=1).to_dict()
    vision = CLIPVisionConfig(**WIDTHS, image_size=24, patch_size=8).to_dict()
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=4)).eval()
    folder = tmp_path_factory.mktemp("saved") / "clip"
    model.save_pretrained(folder)
    return folder, model


@pytest.fixture
def ours(tmp_path, make_views):
    """Saves an untrained model of ours with this origin; returns its folder, the model and views."""

    def save(data_set="Other faces", stand_in="", arm="geometry"):
        views = dataclasses.replace(make_views(subjects=2, size=16), planes=())
        model = initialise(Config(), views.images, None)
        origin = Origin(data_set, stand_in, "", 12, 2, arm, {})
        model.config.origin, model.config.rendering = origin.to_dict(), None
        model.save_pretrained(tmp_path / "tiny")
        return tmp_path / "tiny", model, views

    return save


def test_clip_sees_three_planes_as_a_photograph(clip, make_views):
    folder, model = clip
    views = make_views(subjects=2, size=16)
    grey = torch.from_numpy(views.images).float().flatten(0, 1).expand(-1, 3, -1, -1) / 255
    mean, deviation = torch.tensor([0.4815, 0.4578, 0.4082]), torch.tensor([0.2686, 0.2613, 0.2758])
    pixels = (grey - mean[:, None, None]) / deviation[:, None, None]
    with torch.no_grad():
        resized = interpolate(pixels, (24, 24), mode="bilinear", antialias=True)
        expected = model.vision_model(pixel_values=resized).pooler_output.view(len(views), -1)
    np.testing.assert_allclose(measure(folder, views), expected.numpy(), atol=2e-3)


def test_a_folder_gives_a_row_without_the_path_to_it_and_with_a_digest_of_its_weights(clip):
    method = open_saved(str(clip[0]))
    assert (method.title, method.family, method.uses_labels) == ("Model clip", "pretrained", False)
    clip[1].save_pretrained(clip[0].parent / "second")
    with torch.no_grad():
        clip[1].logit_scale += 1
    clip[1].save_pretrained(clip[0].parent / "third")
    second, third = (open_saved(str(clip[0].parent / name)).source for name in ("second", "third"))
    assert second == method.source != third


def test_our_model_gives_its_features(ours):
    folder, model, views = ours()
    np.testing.assert_array_equal(measure(folder, views), encode_faces(model, views.images).side_by_side)
    assert open_saved(str(folder)).knows == "+ text"


def test_a_model_that_labels_taught_is_among_the_supervised(ours):
    method = open_saved(str(ours(arm="label")[0]))
    assert (method.family, method.uses_labels, method.knows) == ("supervised", True, "labels")


@pytest.mark.parametrize("origin", [{"data_set": "Synthetic faces"}, {"stand_in": "synthetic"}])
def test_people_who_may_have_been_pretrained_on_are_not_tested(origin, ours):
    folder, _, views = ours(**origin)
    with pytest.raises(Unsuitable, match="perhaps on the people who are tested"):
        measure(folder, views)


def test_pictures_of_another_kind_are_refused(ours):
    folder, _, views = ours()
    with pytest.raises(Unsuitable, match=r"reads 1 planes .* and these pictures have 2"):
        measure(folder, dataclasses.replace(views, images=np.repeat(views.images, 2, axis=2)))


def test_no_model_and_damaged_weights_are_one_line(ours, tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        open_saved(str(tmp_path / "nothing"))
    folder, _, _ = ours()
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0x")
    with pytest.raises(BadFile, match="safetensors"):
        open_saved(str(folder))
