"""EDGE ray.train: runs a job in this process, or on several workers of Ray Train."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers.utils.logging import disable_progress_bar

from smile.atomic import naming
from smile.cluster import find_cause, joined, last_line
from smile.errors import UserError
from smile.interruption import before_stopping
from smile.model.face_text import FaceText
from smile.progress import Reporter, Say
from smile.training.batches import count_steps
from smile.training.checkpoints.checkpoint_file import NotWritten
from smile.training.curve import FILE_NAME, Curve, read_curve
from smile.training.loop import Report, say_nothing
from smile.training.pretraining import pretrain
from smile.workers.interface import expect_store, open_store
from smile.workers.job import Job, checkpoints_folder, run_folder
from smile.workers.placement import Workers
from smile.workers.tracking import Tracker, open_trackers

#: Is called as progress(what, steps done, steps of the run, the loss in words).
StepProgress = Callable[[str, int, int, str], None]

_WHAT = "Pretraining (steps)"

#: Values of Ray's environment variables in seconds, unless the user set them. _REPORT: how long a report to the
#: trackers delays the workers. _ROOM: how long an elastic run waits for room that a lost node only seems to have.
_REPORT = {"RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.2"}
_ROOM = {"RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": "10"}


def launch(
    job: Job,
    *,
    workers: Workers = Workers(),  # noqa: B008  # frozen
    trackers: Sequence[str] = (),
    progress: StepProgress | None = None,
    say: Say = say_nothing,
) -> FaceText:
    """Pretrains, writes the model to job.output and returns it; after a kill, the same call continues the run.

    One worker runs in this process, without Ray. Ray Train places several workers, each with a GPU where the cluster
    has enough; all must reach job.output, which holds the checkpoints. Ray's own log then shows the progress.
    Raises UserError where the workers cannot share the clips of a step evenly, where Ray is missing, where no cluster
    answers, and where workers are lost more often than `workers.restarts`.
    """
    if workers.most > 1:
        workers.require_even_shares(_clips_a_step(job))
        for variable, seconds in {**_REPORT, **(_ROOM if workers.are_elastic else {})}.items():
            os.environ.setdefault(variable, seconds)
        # Ray Train frees its place on the cluster through the State API, which needs the dashboard.
        options = {} if workers.address else {"include_dashboard": True}
        tracked = ["MLFLOW_"] if "mlflow" in trackers else []  # where its server is, and who may write there
        with joined(workers.address or "local", "default,train", options, secrets_for=tracked):
            _place(job, workers, trackers)
    else:
        opened = open_trackers(trackers, job.output, job.id)
        job.stage(_pretrain(job, _follow(job, say, progress, opened), say))
        _close(opened)
    job.publish()
    return FaceText.from_pretrained(job.output)  # type: ignore[no-any-return]  # transformers ships no types


def _close(trackers: Sequence[Tracker]) -> None:
    for tracker in trackers:
        tracker.close()


def _pretrain(job: Job, report: Report, say: Say, device: torch.device | None = None) -> FaceText:
    disable_progress_bar()  # of transformers: writing the file takes only a moment
    folder = checkpoints_folder(job.output)
    return pretrain(
        job.config,
        job.read(),
        job.captions,
        report=report,
        say=say,
        checkpoint_folder=folder,
        device=device,
        axes=job.axes,
    )


def _follow(job: Job, say: Say, progress: StepProgress | None, trackers: Sequence[Tracker] = ()) -> Report:
    """Returns the function that writes a report to the curve's file, to the trackers, and as a line for people."""
    curve = Curve(run_folder(job.output) / FILE_NAME, say)
    steps = count_steps(job.config.training, len(job.read()))

    def report(metrics: dict[str, float]) -> None:
        with naming(curve.file):
            curve.add(metrics)
        for tracker in trackers:
            tracker.add(metrics)
        if progress is not None:
            progress(_WHAT, int(metrics["step"]), steps, f"loss {metrics.get('loss/total', 0):.4g}")

    return report


def _place(job: Job, workers: Workers, trackers: Sequence[str]) -> None:
    """Runs `_work` on every worker."""
    import ray
    from ray.train import FailureConfig, RunConfig, ScalingConfig, UserCallback
    from ray.train.torch import TorchTrainer

    from smile.workers.elastic import elastic_trainer

    class Track(UserCallback):  # type: ignore[misc]
        """Sends reports of the first worker to the trackers, which it opens in the process of Ray's controller."""

        opened: list[Tracker] | None = None

        def after_report(self, run_context: Any, metrics: list[dict[str, float]], checkpoint: Any) -> None:  # noqa: ARG002
            self.opened = self.opened or open_trackers(trackers, job.output, job.id)
            for tracker in self.opened:
                tracker.add(metrics[0])

    opened = open_trackers(trackers, job.output, job.id)  # a missing package raises before Ray starts the workers
    needed = workers.need(ray.cluster_resources().get("GPU", 0))
    trainer = (elastic_trainer(_clips_a_step(job)) if workers.are_elastic else TorchTrainer)(
        _work,
        torch_config=torch_config(),
        train_loop_config={"job": job, "tracked": bool(trackers)},
        scaling_config=ScalingConfig(
            num_workers=(workers.fewest, workers.most) if workers.are_elastic else workers.most,
            use_gpu="GPU" in needed,
            resources_per_worker=needed,
        ),
        run_config=RunConfig(
            name=job.id,
            storage_path=workers.storage or str(run_folder(job.output) / "ray"),
            failure_config=FailureConfig(max_failures=workers.restarts),
            callbacks=[Track()] if trackers else [],
        ),
    )
    try:
        with before_stopping(lambda: _tell_step(job)):
            result = trainer.fit()
    except ray.train.TrainingFailedError as error:
        raise UserError(f"a worker failed: {last_line(find_cause(error))}") from error
    if result.return_value:
        raise UserError(result.return_value)
    _close(opened)


def torch_config() -> Any:
    """Ray Train's settings of the process group: where its workers meet, no other machine can listen or speak."""
    import ray
    from ray.train.torch import TorchConfig, config

    backend = TorchConfig().backend_cls

    class Backend(backend):  # type: ignore[misc, valid-type]
        def on_start(self, worker_group: Any, backend_config: Any) -> None:
            head = ray.get_runtime_context().gcs_address
            worker_group.execute(expect_store, head)
            # In the place of Ray's choice of a port, at which torch would open the store by itself.
            config.get_address_and_port = lambda: open_store(head)
            super().on_start(worker_group, backend_config)

    class Config(TorchConfig):  # type: ignore[misc]
        @property
        def backend_cls(self) -> type:
            return Backend

    return Config()


def _tell_step(job: Job) -> str:
    """How far the workers came, by the curve that the first of them writes."""
    points = read_curve(run_folder(job.output) / FILE_NAME)
    done = int(points[-1]["step"]) if points else 0
    return f"{_WHAT}: {done}/{count_steps(job.config.training, len(job.read()))}"


def _clips_a_step(job: Job) -> int:
    return min(job.config.training.batch_size, len(job.read()))


def _work(settings: dict[str, Any]) -> str:
    """Runs the job as one worker of the process group; returns the message of a UserError, or ""."""
    import ray.train
    from ray.train.torch import get_device

    job: Job = settings["job"]
    context = ray.train.get_context()
    first = context.get_world_rank() == 0
    # Ray gives a worker one thread per core that it asked for; this divides all cores of the node among its workers.
    torch.set_num_threads(max(len(os.sched_getaffinity(0)) // context.get_local_world_size(), 1))
    with Reporter() as reporter:
        show = _follow(job, reporter.say, reporter) if first else None

        def report(metrics: dict[str, float]) -> None:
            if show is not None:
                show(metrics)
            if settings["tracked"]:
                ray.train.report(metrics)

        try:
            model = _pretrain(job, report, reporter.say if first else say_nothing, get_device())
        except NotWritten:
            raise  # only the first worker fails here: Ray must stop the others, which wait for its gradient
        except UserError as error:
            return str(error)  # a restart would not help
    if first:
        job.stage(model)
    return ""
