"""No step of a run asks the device for a number, nor hands it one in a way that waits until it is idle.

On torch's meta device nothing has a value: whatever would wait for a GPU's answer (item, nonzero, a choice of rows by
a mask, a copy back) is an error there, whichever library asks.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from smile.config import Config, override
from smile.model.presets import IMAGE, Transformer
from smile.training.batches import Batches, tokenize
from smile.training.objective import smile_objective
from smile.training.optimizer import make_optimizer
from smile.training.pretraining import initialise
from smile.training.step import Stepper, Taken

META = torch.device("meta")


class Copies(TorchDispatchMode):
    """Counts copies to the device, and refuses those that would block until it has done all that it was given."""

    count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is torch.ops.aten._to_copy.default and args[0].device.type == "cpu" and kwargs.get("device") == META:
            assert kwargs.get("non_blocking") or args[0].ndim == 0, f"a copy of {tuple(args[0].shape)} blocks"
            self.count += 1
        return func(*args, **kwargs)


@pytest.fixture(autouse=True)
def device(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thin transformer beside the tower of convolutions, and a device that the pictures fit on."""
    monkeypatch.setitem(IMAGE, "small", Transformer(16, 2, 2))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (2**40, 2**40))
    # The fused kernel has a meta version; only its list of devices does not name it.
    monkeypatch.setattr(import_module("torch.optim.adam"), "_device_dtype_check_for_fused", lambda *_, **__: None)


def stepper(config: Config, task: tuple, captions: list[str]) -> Stepper:
    # Autocast knows no meta device; it asks for nothing either.
    config = override(config, {"training.precision": "float32", "rendering.channels": "difference_depth,rank_depth"})
    images = task[0]
    images[..., :5] = 128
    model = initialise(config, images, captions, device=META)
    assert model.tokenizer is not None
    batches = Batches(images, config.training, tokenize(model.tokenizer, captions), patches=model.image.patches)
    return Stepper(
        model, smile_objective(config.losses, share_every=1), batches, make_optimizer(model, config.training)
    )


def take(made: Stepper) -> Taken:
    made.batches.read(0, META)  # pictures and the table of noise are copied to the device once
    with Copies() as copies:
        taken = made.take(1)
    assert copies.count >= 4  # rows, numbers that were drawn, tokens and their mask
    return taken


@pytest.mark.parametrize(("tower", "kind", "empty"), [("tiny", "infonce", 0), ("small", "sigmoid", 3)])
def test_a_step_waits_for_nothing(small: Config, easy_task: Callable, tower: str, kind: str, empty: int) -> None:
    task = easy_task(16, 0)
    config = override(small, {"model.image_tower": tower, "losses.alignment.kind": kind, "model.fusion": "attention"})
    taken = take(stepper(config, task, [*[""] * empty, *task[1][empty:]]))
    assert {value.device.type for value in taken.losses.values()} == {"meta"}
    assert {"loss/alignment", "loss/redundancy", "loss/total"} < taken.losses.keys()


def test_parts_of_a_batch_wait_for_nothing(small: Config, easy_task: Callable) -> None:
    task = easy_task(16, 0)
    take(stepper(override(small, {"model.image_tower": "small", "training.micro_batch": 3}), task, task[1]))


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        (lambda x: x * x.sum().item(), "item"),
        (lambda x: x[x[:, 0] > 0], "nonzero"),
        (lambda x: x.cpu(), "meta"),
        (lambda x: x + torch.ones(x.shape[1]).to(x.device), "blocks"),
    ],
)
def test_a_step_that_waits_is_found_out(
    small: Config, easy_task: Callable, fault: Callable, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = easy_task(16, 0)
    made = stepper(small, task, task[1])
    monkeypatch.setattr("smile.losses.total.decorrelate", lambda views, _: fault(views.flatten(1)).square().sum())
    with pytest.raises((RuntimeError, NotImplementedError, AssertionError), match=complaint):
        take(made)
