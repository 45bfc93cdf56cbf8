"""EDGE ray.train: joins the workers of a run to one process group, through a place that no other machine can reach.

Ray's own settings of torch do the same, and import torch in the command and in Ray's controller as well: two seconds
each, one after the other. Here only the workers import it.
"""

from __future__ import annotations

import os
from typing import Any

from smile.workers.interface import expect_store, open_store

_PATIENCE = 5.0  # seconds in which workers may leave the group; one of them may be lost


def torch_config() -> Any:
    """Returns Ray Train's settings of the process group: GPUs speak by nccl, others by gloo."""
    import ray
    from ray.train.backend import Backend, BackendConfig

    class Group(Backend):  # type: ignore[misc]
        share_cuda_visible_devices = True

        def on_start(self, worker_group: Any, backend_config: Any) -> None:
            head = ray.get_runtime_context().gcs_address
            worker_group.execute(_get_ready, head)
            address, port = worker_group.execute_single(0, open_store, head)
            gpus = worker_group.get_resources_per_worker().get("GPU", 0)
            speech = backend_config.backend or ("nccl" if gpus else "gloo")
            size = len(worker_group)
            ray.get(
                [
                    worker_group.execute_single_async(rank, _join, speech, rank, size, address, port)
                    for rank in range(size)
                ]
            )

        def on_shutdown(self, worker_group: Any, _backend_config: Any) -> None:
            left = worker_group.execute_async(_leave, len(worker_group) > 1)
            ray.wait(left, num_returns=len(left), timeout=_PATIENCE)

    class Config(BackendConfig):  # type: ignore[misc]
        backend: str | None = None  # TorchTrainer chooses one

        @property
        def backend_cls(self) -> type:
            return Group

        @property
        def train_func_context(self) -> type:
            return UseDevice

    return Config()


class UseDevice:
    """Makes the worker's GPU the one that torch uses, where it has one."""

    def __enter__(self) -> None:
        import torch
        from ray.train.torch import get_device

        if torch.cuda.is_available() and get_device().type == "cuda":
            torch.cuda.set_device(get_device())

    def __exit__(self, *_error: object) -> None:
        pass


def _get_ready(head: str) -> None:
    """Imports what a worker needs: here all workers do so at the same time, later one would wait for the other."""
    import ray.train.torch.config  # noqa: F401

    import smile.workers.work  # noqa: F401  # torch, transformers and the model

    expect_store(head)


def _join(speech: str, rank: int, size: int, address: str, port: int) -> None:
    from ray.train.torch import config

    os.environ.update(MASTER_ADDR=address, MASTER_PORT=str(port))
    config._set_torch_distributed_env_vars()
    config._setup_torch_process_group(speech, rank, size, "env://")


def _leave(several: bool) -> None:
    from ray.train.torch import config

    config._shutdown_torch(several)
