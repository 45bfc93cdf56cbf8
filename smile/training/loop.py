"""The training loop: any model, any objective, one worker or several, resumable to the bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim import AdamW

from smile.config import Training, to_dict
from smile.errors import UserError
from smile.losses.gather import worker_count, worker_rank
from smile.model.parameter_groups import parameter_groups
from smile.training.batches import Batch, Batches
from smile.training.checkpoint import FILE_NAME, load_checkpoint, save_checkpoint

#: Weighted terms of a batch, to be summed; each is the loss of the joined batch, or a mean over the worker's share.
#: What has a slash in its name ("share/alignment") is reported alone.
Objective = Callable[[nn.Module, Batch], dict[str, Tensor]]

#: Is told the averages since it was last told, at the end of each epoch and at each checkpoint, and its file then.
Report = Callable[[dict[str, float], Path | None], None]


def keep_quiet(metrics: dict[str, float], checkpoint: Path | None) -> None:
    """The report of a run that nobody follows."""


def train(
    model: nn.Module,
    objective: Objective,
    batches: Batches,
    *,
    report: Report = keep_quiet,
    checkpoint_folder: Path | None = None,
) -> None:
    """Trains `model` in place, on its device, for batches.settings.epochs; continues the folder's checkpoint.

    Inside a torch.distributed process group every worker calls this with the same arguments, and all end with the
    weights that one worker with the joined batch would have. Reseeds torch's global generator at every step.
    Raises UserError where the loss is not finite, with the step, and BadFile for a checkpoint of another run.
    """
    settings = batches.settings
    model.train()
    optimizer = _optimizer(model, settings)
    run = {"training": to_dict(settings), "pictures": list(batches.images.shape), "twins": batches.twins}
    done = 0 if checkpoint_folder is None else load_checkpoint(checkpoint_folder, model, optimizer, run)
    worker = _across_workers(_Step(model, objective))
    averages = _Averages()
    for step in range(done, settings.epochs * batches.steps_per_epoch):
        averages.add(_take_step(worker, optimizer, batches, step))
        written = None
        if checkpoint_folder and settings.checkpoint_every and (step + 1) % settings.checkpoint_every == 0:
            written = _write(checkpoint_folder, model, optimizer, step + 1, run)
        if written or (step + 1) % batches.steps_per_epoch == 0:
            report({"step": step + 1, "epoch": (step + 1) / batches.steps_per_epoch, **averages.take()}, written)
    model.eval()


class _Step(nn.Module):
    """The objective as a module: all that gradients flow through passes the one forward that DDP watches."""

    def __init__(self, model: nn.Module, objective: Objective) -> None:
        super().__init__()
        self.model, self.objective = model, objective

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        return self.objective(self.model, batch)


def _across_workers(step: _Step) -> nn.Module:
    if worker_count() == 1:
        return step
    # The same weights are used in every step; a static graph lets some (a term switched off) stay unused.
    return DistributedDataParallel(step, static_graph=True)


def _optimizer(model: nn.Module, settings: Training) -> AdamW:
    """AdamW (Loshchilov & Hutter 2019)."""
    return AdamW(parameter_groups(model, settings), lr=settings.learning_rate)


def _take_step(worker: nn.Module, optimizer: AdamW, batches: Batches, step: int) -> dict[str, float]:
    settings = batches.settings
    # Dropout of a pretrained tower then depends on the step alone: a resumed run draws the same.
    torch.manual_seed((settings.seed * 1_000_003 + step) * 64 + worker_rank())
    rate = settings.learning_rate * schedule(step, settings.epochs * batches.steps_per_epoch, settings.warmup)
    for group in optimizer.param_groups:
        group["lr"] = rate * group["multiplier"]
    optimizer.zero_grad(set_to_none=True)
    found: dict[str, Tensor] = worker(batches.read(step, next(worker.parameters()).device))
    terms = {name: term for name, term in found.items() if "/" not in name}
    total = torch.stack(list(terms.values())).sum()
    metrics = {f"loss/{name}": term.item() for name, term in {**terms, "total": total}.items()}
    metrics |= {name: value.item() for name, value in found.items() if name not in terms}
    if not math.isfinite(metrics["loss/total"]):
        raise UserError(_divergence(metrics, step))
    total.backward()  # type: ignore[no-untyped-call]  # torch gives it no type
    norm = nn.utils.clip_grad_norm_(worker.parameters(), settings.gradient_clip)
    optimizer.step()
    return {**metrics, "gradient_norm": float(norm), "learning_rate": rate}


def schedule(step: int, steps: int, warmup: float) -> float:
    """Fraction of the peak learning rate: linear rise over `warmup` of the steps, then half a cosine to zero."""
    rising = round(warmup * steps)
    if step < rising:
        return (step + 1) / rising
    return (1 + math.cos(math.pi * (step - rising) / max(steps - rising, 1))) / 2


def _divergence(metrics: dict[str, float], step: int) -> str:
    terms = ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
    return f"training diverged at step {step}: {terms}; lower training.learning_rate or the weight of that term"


def _write(folder: Path, model: nn.Module, optimizer: AdamW, step: int, run: dict[str, object]) -> Path:
    """The first worker writes, since all hold the same state; all are told the file."""
    if worker_rank() == 0:
        save_checkpoint(folder, model, optimizer, step, run)
    return folder / FILE_NAME


class _Averages:
    """Means of metrics since they were last taken, each over the steps that had it."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}

    def add(self, metrics: dict[str, float]) -> None:
        for name, value in metrics.items():
            self.values.setdefault(name, []).append(value)

    def take(self) -> dict[str, float]:
        means = {name: math.fsum(values) / len(values) for name, values in self.values.items()}
        self.values = {}
        return means
