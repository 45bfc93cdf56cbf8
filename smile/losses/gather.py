"""Joins the rows of all workers, and adds up their shares of a loss, with gradients.

A loss over the joined batch is the same number on every worker: each worker computes it from the joined rows, or the
workers add up their shares. In the backward pass, a worker's rows receive the sum of the gradients of all workers'
copies of the loss. DistributedDataParallel then averages the gradients of the weights over workers, which gives the
gradient of one worker with the whole batch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed


def worker_count() -> int:
    """Returns the number of workers of the default process group; 1 without a group."""
    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1


def worker_rank() -> int:
    """Returns the rank of this worker; 0 without a process group."""
    return distributed.get_rank() if distributed.is_available() and distributed.is_initialized() else 0


def gather(rows: Tensor) -> Tensor:
    """Joins rows [B, ...] of all workers in order of rank to [workers * B, ...]; B is the same on every worker."""
    if worker_count() == 1:
        return rows
    joined: Tensor = _Gather.apply(rows)  # type: ignore[no-untyped-call]  # torch gives it no type
    return joined


def add_up(share: Tensor) -> Tensor:
    """Returns the sum of all workers' shares of a number."""
    if worker_count() == 1:
        return share
    total: Tensor = _AddUp.apply(share)  # type: ignore[no-untyped-call]  # torch gives it no type
    return total


class _Gather(torch.autograd.Function):
    """Runs all_gather forward; backward, sums gradients by all_reduce and returns this worker's slice."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        ctx.count = len(rows)
        parts = [torch.empty_like(rows, memory_format=torch.contiguous_format) for _ in range(worker_count())]
        distributed.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        gradient = _reduce(gradients[0])
        return gradient[worker_rank() * ctx.count :][: ctx.count]


class _AddUp(torch.autograd.Function):
    """Runs all_reduce (sum) forward and backward: every worker's copy of the total has a gradient at every share."""

    @staticmethod
    def forward(_ctx: Any, share: Tensor) -> Tensor:
        return _reduce(share)

    @staticmethod
    def backward(_ctx: Any, *gradients: Tensor) -> Tensor:
        return _reduce(gradients[0])


def _reduce(value: Tensor) -> Tensor:
    total = value.clone(memory_format=torch.contiguous_format)
    distributed.all_reduce(total)
    return total
