"""AdamW and its learning rate: how the rate rises and falls, and how a step is skipped."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.optim import AdamW

from smile.config import Training
from smile.model.parameter_groups import parameter_groups


def make_optimizer(model: nn.Module, settings: Training) -> AdamW:
    """AdamW (Loshchilov & Hutter 2019), fused: one pass over the weights, and it can be told on the device to skip."""
    return AdamW(parameter_groups(model, settings), lr=settings.learning_rate, fused=True)


def set_rate(optimizer: AdamW, settings: Training, step: int, steps: int) -> float:
    """Gives step `step` of `steps` its learning rate and returns it: that of the weights without a multiplier."""
    rate = settings.learning_rate * schedule(step, steps, settings.warmup)
    for group in optimizer.param_groups:
        group["lr"] = rate * group["multiplier"]
    return rate


def schedule(step: int, steps: int, warmup: float) -> float:
    """Fraction of the peak learning rate: linear rise over `warmup` of the steps, then half a cosine to zero."""
    rising = round(warmup * steps)
    if step < rising:
        return (step + 1) / rising
    return (1 + math.cos(math.pi * (step - rising) / max(steps - rising, 1))) / 2


def step_if_sound(optimizer: AdamW, sound: torch.Tensor) -> None:
    """A step of the optimiser, weights and its own state alike, unless the flag `sound` on the device is false."""
    # What torch's gradient scaler sets; the fused kernel reads it without asking the host.
    optimizer.grad_scale = None  # type: ignore[attr-defined]
    optimizer.found_inf = (~sound).float()  # type: ignore[attr-defined]
    optimizer.step()
