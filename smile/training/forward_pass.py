"""Sets how a model runs its forward pass: precision, compilation, and in parts where memory is short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from smile.config import Precision, Training
from smile.model.face_text import FaceText, FaceTextOutput
from smile.training.memory import keep_freed_memory

Pass = Callable[..., FaceTextOutput]
Rows = Tensor | NDArray[Any]


@contextmanager
def carried_out(model: nn.Module, settings: Training) -> Iterator[None]:
    """Makes each FaceText in `model` run as the settings say, inside a `with` block; losses stay in float32."""
    if next(model.parameters()).device.type == "cpu":
        keep_freed_memory()
    faces = [module for module in model.modules() if isinstance(module, FaceText)]
    for face in faces:
        way: Pass = torch.compile(face.forward) if settings.compile else face.forward
        way = _in_precision(way, settings.precision, face.device)
        way = _in_parts(way, settings.micro_batch) if settings.micro_batch else way
        face.__dict__["forward"] = way  # hides the method of the class
    try:
        yield
    finally:
        for face in faces:
            del face.__dict__["forward"]


def _in_precision(way: Pass, precision: Precision, device: torch.device) -> Pass:
    if precision == "float32" or (precision == "auto" and device.type == "cpu"):
        return way

    def mixed(*given: Any, **named: Any) -> FaceTextOutput:
        with torch.autocast(device.type, torch.bfloat16):
            output = way(*given, **named)
        return FaceTextOutput(**{name: value.float() for name, value in output.items()})

    return mixed


def _in_parts(way: Pass, size: int) -> Pass:
    """Runs the rows in parts of `size` and computes activations again in the backward pass, to save memory.

    Memory is that of one part. The outputs are joined before the loss, so the contrast is over the whole batch:
    gradient, memory and cost are those of GradCache (Gao et al. 2021).
    """

    def parted(*given: Rows | None) -> FaceTextOutput:
        rows = next(len(value) for value in given if value is not None)
        if not torch.is_grad_enabled() or rows <= size:
            return way(*given)
        slices = [slice(start, start + size) for start in range(0, rows, size)]
        columns = [[None if value is None else value[part] for value in given] for part in slices]
        parts = [checkpoint(way, *part, use_reentrant=False) for part in columns]
        return FaceTextOutput(**{name: torch.cat([part[name] for part in parts]) for name in parts[0]})

    return parted
