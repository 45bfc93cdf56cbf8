"""EDGE ray.train: makes a trainer without those helpers of Ray Train that a run here has no work for."""

from __future__ import annotations

from typing import Any

#: Values of Ray's environment variables for a Ray that one run starts for itself, unless the user set them: nobody
#: reads its metrics, nobody takes its node back with notice, and no worker but those of the run is wanted.
ALONE = {
    "RAY_TRAIN_METRICS_ENABLED": "0",
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",
    "RAY_prestart_worker_first_driver": "0",
}


def lean_trainer(alone: bool) -> Any:
    """Returns a trainer's class that starts fewer processes: each takes seconds while the workers start as well.

    None hands out data sets of Ray, because a run reads its images itself. Where the run is `alone` on a Ray that ends
    with it, none frees the run's place on the cluster either, so that Ray needs no dashboard; and a fixed number of
    workers asks for no further nodes.
    """
    from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer

    try:
        from ray.train.v2._internal.callbacks.datasets import DatasetsCallback
        from ray.train.v2._internal.callbacks.placement_group_callback import PlacementGroupCleanerCallback
        from ray.train.v2._internal.execution.scaling_policy import FixedScalingPolicy
    except ImportError:  # another Ray, which starts what it will
        return DataParallelTrainer
    unneeded = (DatasetsCallback, PlacementGroupCleanerCallback) if alone else (DatasetsCallback,)

    class Still(FixedScalingPolicy):  # type: ignore[misc]
        def after_controller_start(self, train_run_context: Any) -> None:
            pass

        def _maybe_send_resource_request(self) -> None:
            pass

    class Trainer(DataParallelTrainer):  # type: ignore[misc]
        def _create_default_callbacks(self) -> list[Any]:
            return [one for one in super()._create_default_callbacks() if not isinstance(one, unneeded)]

        def _initialize_and_run_controller(self, **given: Any) -> Any:
            if alone and type(given.get("scaling_policy")) is FixedScalingPolicy:
                given["scaling_policy"] = Still(self.scaling_config)
            return super()._initialize_and_run_controller(**given)

    return Trainer
