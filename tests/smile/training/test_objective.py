"""SMILE-VLM's objective: the terms of the joined embeddings under the config's names."""

from collections.abc import Callable

import torch

from smile.config import Config, override
from smile.losses.embeddings import Embeddings
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
