"""One worker of test_workers: python pretrain_worker.py RANK WORKERS FOLDER; the first writes each case's weights."""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, distributed, nn

from smile.captions.axes import Axes
from smile.config import Config, override
from smile.training.batches import Batch, Batches, tokenize
from smile.training.loop import train
from smile.training.objective import smile_objective
from smile.training.optimizer import make_optimizer
from smile.training.pretraining import initialise, pretrain
from smile.training.step import Stepper

SMALL = {"training.epochs": 3, "training.batch_size": 8, "model.embedding_size": 8, "losses.redundancy.weight": 0.01}

VIEWS = (2, 3, 5)

#: Case -> settings; without the alignment the temperature gets no gradient.
CASES: dict[str, dict[str, object]] = {
    "all terms": {},
    "no alignment": {"losses.alignment.weight": 0.0},
    "no text": {"captions.arm": "none"},
    "axes": {"losses.alignment.kind": "axes"},
}


def run() -> dict[str, nn.Module]:
    """Case -> the model trained in it, by this worker alone or by all of the process group."""
    torch.set_num_threads(1)
    images = np.random.default_rng(0).integers(0, 256, (16, 2, 2, 16, 16), dtype=np.uint8)
    captions = ["brows up", "jaw dropped", "", "mouth open"] * 4
    scores = np.random.default_rng(1).normal(size=(16, 2))
    scores[2::4] = scores[5, 1] = np.nan
    axes = Axes((("brows down", "brows up"), ("mouth closed", "mouth open")), scores)
    models: dict[str, nn.Module] = {}
    for name, changes in CASES.items():
        config = override(Config(), SMALL | changes)
        said = None if config.captions.arm == "none" else captions
        models[name] = pretrain(config, images, said, device="cpu", axes=axes)
    config = override(Config(), SMALL)
    models["mean over the share"] = initialise(config, images, None)
    train(models["mean over the share"], bright, Batches(images, config.training, labels=torch.arange(16) % 2))
    return models


def look() -> dict[str, dict[str, Tensor]]:
    """Number of views -> loss and gradients of the first step, and the weights after 20 steps."""
    found = {}
    for views in VIEWS:
        images = np.random.default_rng(views).integers(0, 256, (24, views, 2, 16, 16), dtype=np.uint8)
        captions = ["brows up", "jaw dropped", "mouth open", "brows up, mouth open"] * 6
        config = override(Config(), SMALL | {"training.steps": 20, "training.gradient_clip": 1e6})
        model = initialise(config, images, captions, device="cpu")
        assert model.tokenizer is not None
        batches = Batches(images, config.training, tokenize(model.tokenizer, captions))
        stepper = Stepper(model, smile_objective(config.losses), batches, make_optimizer(model, config.training))
        taken = stepper.take(0)
        gradients = {f"gradient/{n}": p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
        trained = pretrain(override(config, {"training.gradient_clip": 1.0}), images, captions, device="cpu")
        weights = {f"weight/{n}": p.detach().clone() for n, p in trained.named_parameters()}
        found[str(views)] = {"loss": taken.losses["loss/total"].reshape(1), **gradients, **weights}
    return found


def bright(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """An objective that gathers nothing."""
    assert batch.labels is not None
    logits = model(batch.pixels).face_embedding[:, :2]
    return {"classification": nn.functional.cross_entropy(logits, batch.labels)}


if __name__ == "__main__":
    rank, workers, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    distributed.init_process_group("gloo", f"file://{folder / 'meeting'}", rank=rank, world_size=workers)
    models = run()
    for number, model in enumerate(models.values()):
        save_file(model.state_dict(), folder / f"{rank}-{number}.safetensors")
    for views, tensors in look().items():
        save_file(tensors, folder / f"{rank}-views{views}.safetensors")
    (folder / f"{rank}.json").write_text(json.dumps(list(models)))
    distributed.destroy_process_group()
