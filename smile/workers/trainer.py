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
    with it, none frees the run's place on the cluster either, so that Ray needs no dashboard; a fixed number of
    workers asks for no further nodes; and this process controls the workers itself.
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
            if not alone:
                return super()._initialize_and_run_controller(**given)
            if type(given.get("scaling_policy")) is FixedScalingPolicy:
                given["scaling_policy"] = Still(self.scaling_config)
            return _control_here(given)

    return Trainer


def _control_here(given: dict[str, Any]) -> Any:
    """Does in this process what Ray Train's controller does in one of its own, until the run ends; returns its result.

    The other process takes 3 s of a start, in which no worker starts yet.
    """
    import asyncio

    import ray
    from ray.train.v2._internal.execution.controller import TrainController
    from ray.train.v2._internal.execution.worker_group import WorkerGroup

    class Group(WorkerGroup):  # type: ignore[misc]
        @staticmethod
        def _get_worker_runtime_env(custom_runtime_env: Any) -> dict[str, Any]:
            # Ray's own names the environment that workers on this machine have anyway, and waits for an agent to do so.
            return dict(custom_runtime_env)

        def _init_train_context_on_workers(self, workers: Any, sync_actor: Any, train_context_args: Any) -> None:
            """As Ray's own, without the handle of a controller, whom workers would ask for Ray's own checkpoints."""
            ray.get(
                [
                    worker.actor.init_train_context.remote(
                        train_run_context=self._train_run_context,
                        distributed_context=worker.distributed_context,
                        synchronization_actor=sync_actor,
                        storage_context=self._storage_context,
                        worker_callbacks=self._worker_callbacks_to_propagate,
                        controller_actor=None,
                        **{name: values[number] for name, values in train_context_args.items()},
                    )
                    for number, worker in enumerate(workers)
                ]
            )
            self._decorate_worker_log_file_paths(workers)

    class Controller(TrainController):  # type: ignore[misc]
        worker_group_cls = Group

    controller = Controller(**given)
    asyncio.run(controller.run())
    return controller.get_result()
