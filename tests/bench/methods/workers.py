"""Two workers in two threads: what they compute of a batch is what one worker computes of the whole."""

import threading
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import torch
from torch import distributed

WORKERS = 2


class Threads:
    """Stands in for torch.distributed among threads, so that no process has to start: gather and sum of tensors."""

    def __init__(self):
        self.local, self.slots = threading.local(), [None] * WORKERS
        self.barrier = threading.Barrier(WORKERS, timeout=60)

    def _exchange(self, value):
        self.slots[self.local.rank] = value.detach().clone()
        self.barrier.wait()
        found = list(self.slots)
        self.barrier.wait()
        return found

    def all_gather(self, parts, value):
        for part, found in zip(parts, self._exchange(value), strict=True):
            part.copy_(found)

    def all_reduce(self, value):
        value.copy_(torch.stack(self._exchange(value)).sum(dim=0))

    def install(self, monkeypatch):
        monkeypatch.setattr(distributed, "is_initialized", lambda: hasattr(self.local, "rank"))
        monkeypatch.setattr(distributed, "get_world_size", lambda: WORKERS)
        monkeypatch.setattr(distributed, "get_rank", lambda: self.local.rank)
        monkeypatch.setattr(distributed, "all_gather", self.all_gather)
        monkeypatch.setattr(distributed, "all_reduce", self.all_reduce)


def differentiate(model, objective, batches):
    """Gradient of every weight, by name, at the first step, of this worker's copy of the loss."""
    model.train()
    terms = objective(model, batches.read(0, torch.device("cpu")))
    torch.stack(list(terms.values())).sum().backward()
    return {name: value.grad for name, value in model.named_parameters() if value.grad is not None}


def compare_workers(model, objective, batches, monkeypatch):
    """Asserts that the mean of the gradients of the workers, as DDP takes it, is the gradient of one worker."""
    expected, copies = differentiate(deepcopy(model), objective, batches), [deepcopy(model) for _ in range(WORKERS)]
    world, read = Threads(), [deepcopy(batches) for _ in range(WORKERS)]  # a process has its own batches too
    world.install(monkeypatch)

    def work(rank):
        world.local.rank = rank
        try:
            return differentiate(copies[rank], objective, read[rank])
        except BaseException:
            world.barrier.abort()
            raise

    with ThreadPoolExecutor(WORKERS) as threads:
        found = list(threads.map(work, range(WORKERS)))
    assert expected and all(set(one) == set(expected) for one in found)
    for name, value in expected.items():
        mean = torch.stack([one[name] for one in found]).mean(dim=0)
        torch.testing.assert_close(mean, value, rtol=1e-3, atol=1e-5 * float(value.abs().max()) + 1e-7, msg=name)
