"""SMILE-VLM's objective: the terms of the joined embeddings under the config's names."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from smile.captions.axes import Axes
from smile.config import Config, override
from smile.losses.axes import align_axes
from smile.losses.embeddings import Embeddings, Placed
from smile.losses.total import weigh_terms
from smile.training.batches import Batches, tokenize
from smile.training.objective import smile_objective
from smile.training.pretraining import initialise, pretrain


def test_the_terms_are_those_of_the_model_s_output(small: Config, easy_task: Callable) -> None:
    images, captions, _ = easy_task(16, 0)
    model = initialise(small, images, captions)
    assert model.tokenizer is not None
    batch = Batches(images, small.training, tokenize(model.tokenizer, captions)).read(0, torch.device("cpu"))
    found = smile_objective(small.losses)(model, batch)
    output = model(batch.pixels, batch.input_ids, batch.attention_mask)
    embeddings = Embeddings(
        output.view_embeddings, output.face_embedding, output.text_embedding, batch.caption_ids, model.scale
    )
    expected = weigh_terms(embeddings, small.losses)
    assert list(found) == ["decorrelation", "alignment", "redundancy"]
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value)


def test_shares_are_told_every_few_steps_and_add_up_to_one(small: Config, easy_task: Callable) -> None:
    images, captions, _ = easy_task(16, 0)
    model = initialise(small, images, captions)
    assert model.tokenizer is not None
    batches = Batches(images, small.training, tokenize(model.tokenizer, captions))
    objective = smile_objective(small.losses, share_every=2)
    for step in range(3):
        found = objective(model, batches.read(step, torch.device("cpu")))
        shares = {name: value.item() for name, value in found.items() if name.startswith("share/")}
        if step % 2:
            assert not shares
        else:
            assert list(shares) == ["share/decorrelation", "share/alignment", "share/redundancy"]
            assert abs(sum(shares.values()) - 1) < 1e-5 and min(shares.values()) > 0


def test_the_sigmoid_s_bias_learns(small: Config, easy_task: Callable) -> None:
    images, captions, _ = easy_task(16, 0)
    config = override(small, {"losses.alignment.kind": "sigmoid"})
    model = pretrain(config, images, captions)
    assert model.bias is not None and model.bias.item() != config.losses.alignment.bias
    assert initialise(small, images, captions).bias is None


def test_the_temperature_and_the_gate_learn(small: Config, easy_task: Callable) -> None:
    images, captions, _ = easy_task(16, 0)
    model = initialise(small, images, captions)
    assert model.tokenizer is not None
    batch = Batches(images, small.training, tokenize(model.tokenizer, captions)).read(0, torch.device("cpu"))
    torch.stack(list(smile_objective(small.losses)(model, batch).values())).sum().backward()
    without = [name for name, value in model.named_parameters() if value.grad is None or not value.grad.abs().max()]
    # Softmax ignores what all views share, and attention what all keys share.
    assert [name for name in without if "key.bias" not in name and name != "fusion.score.bias"] == []


def test_the_arm_without_text_trains_on_the_views_alone(small: Config, easy_task: Callable) -> None:
    images, _, _ = easy_task(16, 0)
    model = initialise(small, images, None)
    batch = Batches(images, small.training).read(0, torch.device("cpu"))
    assert list(smile_objective(override(small.losses, {}))(model, batch)) == ["decorrelation"]


@pytest.mark.parametrize("kind", ["axes", "phrases"])
def test_phrases_are_read_once_a_step_and_learn(kind: str, small: Config, easy_task: Callable) -> None:
    images, captions, classes = easy_task(16, 0)
    axes = Axes((("brows lowered", "brows raised"), ("mouth closed", "mouth open")), np.stack([classes, -classes], 1))
    losses = override(small.losses, {"alignment.kind": kind})
    model = initialise(replace(small, losses=losses), images, captions, axes=axes)
    assert model.tokenizer is not None and (model.bias is not None) == (kind == "phrases")
    batch = Batches(images, small.training, tokenize(model.tokenizer, captions, axes)).read(0, torch.device("cpu"))
    found = smile_objective(losses)(model, batch)
    output = model(batch.pixels, batch.input_ids, batch.attention_mask)
    read = model.tokenizer(axes.ends, padding=True, return_tensors="pt")
    rows = Batches(images, small.training).rows(0)
    placed = Placed(
        output.view_embeddings,
        output.face_embedding,
        output.text_embedding,
        model.embed_text(read["input_ids"], read["attention_mask"]),
        torch.tensor(axes.scores[rows], dtype=torch.float32),
    )
    expected = align_axes(placed, placed, kind, model.scale, model.bias, per_view=True)
    torch.testing.assert_close(found["alignment"], losses.alignment.weight * expected)
    words = model.text.tower.get_input_embeddings().weight  # "lowered" stands in the phrases alone
    (gradient,) = torch.autograd.grad(found["alignment"], [words])
    assert gradient[model.tokenizer.convert_tokens_to_ids("lowered")].abs().max() > 0
