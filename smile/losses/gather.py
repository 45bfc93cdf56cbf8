"""What workers share of a loss, with gradient: their rows joined, their shares added up; the identity on one worker.

A loss over the joined batch is the same number on every worker, whether each computes it from the gathered rows or
adds up the workers' shares. Its gradient reaches a worker's own rows from all workers' copies of it (a sum); averaged
over workers, as DistributedDataParallel does, it is the gradient of one worker with the whole batch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed


def worker_count() -> int:
    """Workers of the default process group; 1 without one."""
    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1


def worker_rank() -> int:
    """Number of this worker; 0 without a process group."""
    return distributed.get_rank() if distributed.is_available() and distributed.is_initialized() else 0


def gather(rows: Tensor) -> Tensor:
    """Rows [B, ...] of all workers in order of rank, [workers * B, ...]; every worker holds equally many."""
    if worker_count() == 1:
        return rows
    joined: Tensor = _Gather.apply(rows)  # type: ignore[no-untyped-call]  # torch gives it no type
    return joined


def add_up(share: Tensor) -> Tensor:
    """Sum over all workers of each one's share of a number."""
    if worker_count() == 1:
        return share
    total: Tensor = _AddUp.apply(share)  # type: ignore[no-untyped-call]  # torch gives it no type
    return total


class _Gather(torch.autograd.Function):
    """all_gather forward, all_reduce (sum) and the own slice backward."""

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
    """all_reduce (sum) both ways: every worker's copy of the total pulls at every share."""

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
