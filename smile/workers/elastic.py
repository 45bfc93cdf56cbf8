"""EDGE ray.train: a trainer whose workers come and go with the nodes, in numbers that share a batch evenly."""

from __future__ import annotations

from typing import Any

from smile.errors import UserError
from smile.workers.placement import share_evenly


def elastic_trainer(clips: int) -> Any:
    """A TorchTrainer for an elastic run of `clips` a step: where three workers have room for four's clips, two train.

    Ray has no public hook for which numbers will do; this is its own policy with the number that it finds rounded down.
    Raises UserError where Ray has no such policy.
    """
    try:
        from ray.train.torch import TorchTrainer
        from ray.train.v2._internal.execution.scaling_policy import ElasticScalingPolicy
    except ImportError as error:
        raise UserError(f"--workers MIN-MAX needs the Ray of requirements.lock ({error}); name one number") from error

    class Policy(ElasticScalingPolicy):  # type: ignore[misc]
        def _count_possible_workers(self, reserved_resources: Any) -> int:
            return share_evenly(super()._count_possible_workers(reserved_resources), clips)

    class Trainer(TorchTrainer):  # type: ignore[misc]
        def _initialize_and_run_controller(self, **given: Any) -> Any:
            return super()._initialize_and_run_controller(**{**given, "scaling_policy": Policy(self.scaling_config)})

    return Trainer
