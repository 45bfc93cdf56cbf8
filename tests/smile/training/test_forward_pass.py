"""However a pass is carried out, the model learns from the whole batch what it would learn plainly."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from smile.config import Config, override
from smile.model.face_text import FaceText
from smile.model.presets import IMAGE, Transformer
from smile.training.batches import Batches, tokenize
from smile.training.forward_pass import carried_out
from smile.training.objective import smile_objective
from smile.training.pretraining import initialise, pretrain


@pytest.fixture(params=["tiny", "small"])
def tower(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Settings of a tower: of convolutions, and a thin transformer that leaves out the background."""
    monkeypatch.setitem(IMAGE, "small", Transformer(16, 2, 2))
    return {"model.image_tower": request.param, "rendering.channels": ("difference_depth", "rank_depth")}


def step(config: Config, task: tuple) -> tuple[float, dict[str, Tensor], list[int]]:
    """Loss and gradients of one batch, and how many clips passed the tower at a time."""
    images, captions, _ = task
    model = initialise(config, images, captions)
    assert model.tokenizer is not None
    sentences, patches = tokenize(model.tokenizer, captions), model.image.patches
    batches = Batches(images, config.training, sentences, patches=patches)
    batch = batches.read(0, torch.device("cpu"))
    if patches is not None:
        assert batches._token_bound is not None
        batch = replace(
            batch, token_bound=batches._token_bound.bound(batches.rows(0), np.zeros((8, 1), dtype=int)) + 400
        )
    sizes: list[int] = []
    model.image.register_forward_hook(lambda _, given, __: sizes.append(len(given[0]) // images.shape[1]))
    with carried_out(model, config.training):
        total = torch.stack(list(smile_objective(config.losses)(model, batch).values())).sum()
    total.backward()
    return total.item(), {name: value.grad for name, value in model.named_parameters()}, sizes


@pytest.mark.parametrize("part", [1, 3, 8])
def test_parts_of_a_batch_give_the_gradient_of_the_whole(
    small: Config, easy_task: Callable, part: int, tower: dict[str, object]
) -> None:
    task, small = easy_task(16, 0), override(small, tower)
    task[0][..., :6] = 128  # background
    loss, gradients, sizes = step(small, task)
    parted_loss, parted, parted_sizes = step(override(small, {"training.micro_batch": part}), task)
    assert parted_loss == pytest.approx(loss, rel=1e-5)
    # Once without and once with what the gradient needs.
    assert sizes == [8] and max(parted_sizes) == part and (part == 8 or sum(parted_sizes) == 16)
    largest = max(float(value.abs().max()) for value in gradients.values())
    for name, value in gradients.items():
        torch.testing.assert_close(parted[name], value, rtol=1e-4, atol=1e-5 * largest, msg=name)


def test_bfloat16_is_near_float32_and_the_losses_see_float32(small: Config, easy_task: Callable) -> None:
    task = easy_task(16, 0)
    exact, gradients, _ = step(small, task)
    mixed, rough, _ = step(override(small, {"training.precision": "bfloat16"}), task)
    assert mixed != exact and mixed == pytest.approx(exact, rel=0.02)
    assert all(value.dtype == torch.float32 for value in rough.values())
    norms = [torch.cat([value.ravel() for value in found.values()]) for found in (gradients, rough)]
    assert torch.cosine_similarity(*norms, dim=0) > 0.99


def test_bfloat16_is_as_repeatable(small: Config, easy_task: Callable) -> None:
    images, captions, _ = easy_task(16, 0)
    config = override(small, {"training.precision": "bfloat16"})
    one, other = (pretrain(config, images, captions).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_model_is_its_own_again_afterwards(small: Config, easy_task: Callable) -> None:
    images, captions, _ = easy_task(16, 0)
    model = pretrain(override(small, {"training.micro_batch": 2}), images, captions)
    assert "forward" not in vars(model) and model.forward.__func__ is FaceText.forward


# Torch itself looks for the gradient of what a compiled part hands to the next; it hides that only by default.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
@pytest.mark.parametrize("tower", ["small"], indirect=True)
@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")
def test_a_compiled_run_learns_what_a_plain_one_does(
    small: Config, easy_task: Callable, tower: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SMILE_COMPILE=inductor generates code as a run does, in minutes; else the traced pass and gradient are run."""
    backend, compiled = os.environ.get("SMILE_COMPILE", "aot_eager"), []
    make = torch.compile
    monkeypatch.setattr(torch, "compile", lambda way: compiled.append(way) or make(way, backend=backend))
    torch._dynamo.reset()
    images, captions, _ = easy_task(16, 0)
    images[..., :6] = 128  # background
    config = override(small, {**tower, "training.epochs": 2, "training.report_every": 1})
    told: dict[bool, list[float]] = {False: [], True: []}
    for way, losses in told.items():
        pretrain(
            override(config, {"training.compile": way}),
            images,
            captions,
            report=lambda metrics, losses=losses: losses.append(metrics["loss/total"]),
        )
    assert len(compiled) == 1 and len(told[True]) == 4
    assert told[True] == pytest.approx(told[False], rel=1e-4) and len(set(told[True])) == 4
