"""Takes one training step: forward, backward, gradient clipping, optimiser; the host never waits for the device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim import AdamW

from smile.losses.gather import worker_count, worker_rank
from smile.training.batches import Batch, Batches
from smile.training.optimizer import set_rate, step_if_sound

#: Returns the weighted loss terms of a batch; their sum is the loss. Each term is a loss over the joined batch, or a
#: mean over the worker's share. A value with a slash in its name ("share/alignment") is only reported.
Objective = Callable[[nn.Module, Batch], dict[str, Tensor]]


@dataclass(frozen=True)
class Taken:
    """Holds the result of a step, on the device."""

    sound: Tensor  # bool: loss and gradient are finite; if false, the step changed nothing
    losses: dict[str, Tensor]  # "loss/<term>" and "loss/total"
    others: dict[str, Tensor]  # the norm of the gradient, and values that the objective only reports


class Stepper:
    """Takes the steps of a run on this worker."""

    def __init__(self, model: nn.Module, objective: Objective, batches: Batches, optimizer: AdamW) -> None:
        self.batches, self.optimizer = batches, optimizer
        self.device = next(model.parameters()).device
        self._worker = _across_workers(_Step(model, objective))
        self._statistics = [value for value in model.buffers() if value.is_floating_point()]

    def take(self, step: int) -> Taken:
        """Takes step `step` of the run; a loss or gradient that is not finite changes no weights and no statistics."""
        settings = self.batches.settings
        # Seed, so that the dropout of a pretrained tower depends on the step alone: a resumed run draws the same.
        torch.manual_seed((settings.seed * 1_000_003 + step) * 64 + worker_rank())
        set_rate(self.optimizer, settings, step, self.batches.steps)
        before = [value.clone() for value in self._statistics]
        self.optimizer.zero_grad(set_to_none=True)
        found: dict[str, Tensor] = self._worker(self.batches.read(step, self.device))
        terms = {name: term for name, term in found.items() if "/" not in name}
        total = torch.stack(list(terms.values())).sum()
        total.backward()  # type: ignore[no-untyped-call]  # torch gives it no type
        norm = nn.utils.clip_grad_norm_(self._worker.parameters(), settings.gradient_clip)
        sound = _is_finite(total.detach(), norm)
        step_if_sound(self.optimizer, sound)
        for value, old in zip(self._statistics, before, strict=True):
            value.copy_(torch.where(sound, value, old))
        losses = {f"loss/{name}": value.detach() for name, value in {**terms, "total": total}.items()}
        others = {name: value.detach() for name, value in found.items() if name not in terms}
        return Taken(sound, losses, {"gradient_norm": norm, **others})


class _Step(nn.Module):
    """Wraps the objective as a module, so that gradients flow through one forward, which DDP needs."""

    def __init__(self, model: nn.Module, objective: Objective) -> None:
        super().__init__()
        self.model, self.objective = model, objective

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        return self.objective(self.model, batch)


def _across_workers(step: _Step) -> nn.Module:
    if worker_count() == 1:
        return step
    # Every step uses the same weights. static_graph allows unused weights, e.g. those of a term that is switched off.
    return DistributedDataParallel(step, static_graph=True)


def _is_finite(total: Tensor, norm: Tensor) -> Tensor:
    """Returns a flag on the device: total and norm are finite on every worker."""
    sound = total.isfinite() & norm.isfinite()
    if worker_count() > 1:
        # One worker's share may be faulty while the joined gradient is not, but all workers must decide alike.
        faulty = (~sound).float()
        distributed.all_reduce(faulty)
        sound = faulty == 0
    return sound
