"""One step of the optimiser: forward, backward, clip, move; nothing in it waits for the device."""

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

#: Weighted terms of a batch, to be summed; each is the loss of the joined batch, or a mean over the worker's share.
#: What has a slash in its name ("share/alignment") is reported alone.
Objective = Callable[[nn.Module, Batch], dict[str, Tensor]]


@dataclass(frozen=True)
class Taken:
    """What came of a step, on the device."""

    sound: Tensor  # bool: loss and gradient are finite; where not, nothing has changed
    losses: dict[str, Tensor]  # "loss/<term>" and "loss/total"
    others: dict[str, Tensor]  # the gradient's norm and what the objective reports besides


class Stepper:
    """Takes the steps of a run on this worker."""

    def __init__(self, model: nn.Module, objective: Objective, batches: Batches, optimizer: AdamW) -> None:
        self.batches, self.optimizer = batches, optimizer
        self.device = next(model.parameters()).device
        self._worker = _across_workers(_Step(model, objective))
        self._statistics = [value for value in model.buffers() if value.is_floating_point()]

    def take(self, step: int) -> Taken:
        """Step `step` of the run. A loss or gradient that is not finite moves neither weights nor statistics."""
        settings = self.batches.settings
        # Dropout of a pretrained tower then depends on the step alone: a resumed run draws the same.
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


def _is_finite(total: Tensor, norm: Tensor) -> Tensor:
    """Flag on the device: both are finite, on every worker."""
    sound = total.isfinite() & norm.isfinite()
    if worker_count() > 1:
        # A worker's own share may be faulty where the joined gradient is not; all must do the same.
        faulty = (~sound).float()
        distributed.all_reduce(faulty)
        sound = faulty == 0
    return sound
