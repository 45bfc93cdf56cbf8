"""Makes AdamW, sets its learning rate for each step, and skips a step that is not sound."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.optim import AdamW

from smile.config import Training
from smile.model.parameter_groups import parameter_groups


def make_optimizer(model: nn.Module, settings: Training) -> AdamW:
    """Makes a fused AdamW (Loshchilov & Hutter 2019): one pass over the weights; a flag on the device skips a step."""
    return AdamW(parameter_groups(model, settings), lr=settings.learning_rate, fused=True)


def set_rate(optimizer: AdamW, settings: Training, step: int, steps: int) -> float:
    """Sets the learning rate of step `step` of `steps`; returns the rate of weights whose multiplier is 1."""
    rate = settings.learning_rate * schedule(step, steps, settings.warmup)
    for group in optimizer.param_groups:
        group["lr"] = rate * group["multiplier"]
    return rate


def schedule(step: int, steps: int, warmup: float) -> float:
    """Returns the fraction of the peak rate: rises linearly over `warmup` of the steps, then falls by half a cosine."""
    rising = round(warmup * steps)
    if step < rising:
        return (step + 1) / rising
    return (1 + math.cos(math.pi * (step - rising) / max(steps - rising, 1))) / 2


def step_if_sound(optimizer: AdamW, sound: torch.Tensor) -> None:
    """Takes a step of the optimiser; where the flag `sound` on the device is false, weights and state do not change."""
    # Torch's gradient scaler sets the same fields; the fused kernel reads them on the device.
    optimizer.grad_scale = None  # type: ignore[attr-defined]
    optimizer.found_inf = (~sound).float()  # type: ignore[attr-defined]
    optimizer.step()
