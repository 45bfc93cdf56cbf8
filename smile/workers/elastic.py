"""EDGE ray.train: makes a trainer whose number of workers follows the nodes and always divides the batch evenly."""

from __future__ import annotations

from typing import Any

from smile.errors import UserError
from smile.workers.placement import share_evenly


def elastic_trainer(trainer: Any, clips: int) -> Any:
    """Returns the class `trainer` of Ray Train for an elastic run of `clips` per step.

    Example: with 4 clips per step and room for three workers, two train. Ray has no public hook for allowed numbers of
    workers, so this rounds down the number that Ray's own policy finds, without nodes that died: Ray's list of room
    names them for 20 s more, in which a run would wait for them. Raises UserError where Ray lacks this policy.
    """
    import ray

    try:
        from ray.train.v2._internal.execution.scaling_policy import ElasticScalingPolicy
    except ImportError as error:
        raise UserError(f"--workers MIN-MAX needs the Ray of requirements.lock ({error}); name one number") from error

    class Policy(ElasticScalingPolicy):  # type: ignore[misc]
        def _count_possible_workers(self, reserved_resources: Any) -> int:
            alive = {node["NodeID"] for node in ray.nodes() if node["Alive"]}
            there = {node: room for node, room in reserved_resources.items() if node in alive}
            return share_evenly(super()._count_possible_workers(there), clips)

    class Trainer(trainer):  # type: ignore[misc]
        def _initialize_and_run_controller(self, **given: Any) -> Any:
            return super()._initialize_and_run_controller(**{**given, "scaling_policy": Policy(self.scaling_config)})

    return Trainer
