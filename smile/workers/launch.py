"""EDGE ray.train: runs a job in this process, or on several workers of Ray Train."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from smile.cluster import find_cause, is_joined, joined, last_line
from smile.errors import UserError
from smile.interruption import before_stopping
from smile.progress import Say
from smile.training.curve import FILE_NAME, read_curve
from smile.training.length import count_steps
from smile.workers.job import Job, run_folder
from smile.workers.placement import Workers
from smile.workers.process_group import torch_config
from smile.workers.tracking import PRETRAINING, StepProgress, Tracker, open_trackers
from smile.workers.trainer import ALONE

if TYPE_CHECKING:  # takes seconds to import
    from smile.model.face_text import FaceText

#: Values of Ray's environment variables in seconds, unless the user set them. _REPORT: how long a report to the
#: trackers delays the workers. _ROOM: how long an elastic run waits for room that a lost node only seems to have.
_REPORT = {"RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.2"}
_ROOM = {"RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": "10"}

#: What Ray Train imports at its beginning, which takes longer than its own modules.
_OF_RAY_TRAIN = ("pandas", "pyarrow.fs", "pydantic", "fsspec")


def launch(
    job: Job,
    *,
    workers: Workers = Workers(),  # noqa: B008  # frozen
    trackers: Sequence[str] = (),
    progress: StepProgress | None = None,
    say: Say | None = None,
) -> FaceText:
    """Pretrains, writes the model to job.output and returns it; after a kill, the same call continues the run.

    One worker runs in this process, without Ray. Ray Train places several workers, each with a GPU where the cluster
    has enough; all must reach job.output, which holds the checkpoints. Ray's own log then shows the progress.
    Raises UserError where the workers cannot share the clips of a step evenly, where Ray is missing, where no cluster
    answers, and where workers are lost more often than `workers.restarts`.
    """
    if workers.most > 1:
        workers.require_even_shares(_clips_a_step(job))
        alone = workers.address is None and not is_joined()
        chosen = {**_REPORT, **(_ROOM if workers.are_elastic else {}), **(ALONE if alone else {})}
        for variable, value in chosen.items():
            os.environ.setdefault(variable, value)
        # Without a dashboard: only who frees a place on the cluster of others asks it; see lean_trainer.
        options = {"include_dashboard": False} if alone else {}
        tracked = ["MLFLOW_"] if "mlflow" in trackers else []  # where its server is, and who may write there
        reach = before_stopping(lambda: _tell_step(job))
        threading.Thread(target=_import_ahead, daemon=True, name="imports").start()
        with reach, joined(workers.address or "local", "default,train", options, secrets_for=tracked):
            _place(job, workers, trackers, alone)
    else:
        from smile.workers.work import work_alone

        opened = open_trackers(trackers, job.output, job.id)
        work_alone(job, opened, progress, say)
        _close(opened)
    job.publish()
    from transformers.utils.logging import disable_progress_bar

    from smile.model.face_text import FaceText

    disable_progress_bar()  # to read the file takes only a moment
    return FaceText.from_pretrained(job.output)  # type: ignore[no-any-return]  # transformers ships no types


def _import_ahead() -> None:
    """Imports, while Ray starts, what Ray Train will want; whoever wants it then waits, or says that it is missing."""
    for name in _OF_RAY_TRAIN:
        with suppress(ImportError):
            import_module(name)


def _close(trackers: Sequence[Tracker]) -> None:
    for tracker in trackers:
        tracker.close()


def _place(job: Job, workers: Workers, trackers: Sequence[str], alone: bool) -> None:
    """Runs `_work` on every worker; `alone` on a Ray that ends with the run."""
    import ray
    from ray.train import FailureConfig, RunConfig, ScalingConfig, UserCallback

    from smile.workers.elastic import elastic_trainer
    from smile.workers.trainer import lean_trainer

    class Track(UserCallback):  # type: ignore[misc]
        """Sends reports of the first worker to the trackers, which it opens in the process of Ray's controller."""

        opened: list[Tracker] | None = None

        def after_report(self, run_context: Any, metrics: list[dict[str, float]], checkpoint: Any) -> None:  # noqa: ARG002
            self.opened = self.opened or open_trackers(trackers, job.output, job.id)
            for tracker in self.opened:
                tracker.add(metrics[0])

    opened = open_trackers(trackers, job.output, job.id)  # a missing package raises before Ray starts the workers
    needed = workers.need(ray.cluster_resources().get("GPU", 0))
    kind = lean_trainer(alone)
    trainer = (elastic_trainer(kind, _clips_a_step(job)) if workers.are_elastic else kind)(
        _work,
        backend_config=torch_config(),
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
        result = trainer.fit()
    except ray.train.TrainingFailedError as error:
        raise UserError(f"a worker failed: {last_line(find_cause(error))}") from error
    if result.return_value:
        raise UserError(result.return_value)
    _close(opened)


def _tell_step(job: Job) -> str:
    """How far the workers came, by the curve that the first of them writes."""
    points = read_curve(run_folder(job.output) / FILE_NAME)
    done = int(points[-1]["step"]) if points else 0
    return f"{PRETRAINING}: {done}/{count_steps(job.config.training, len(job.read()))}"


def _clips_a_step(job: Job) -> int:
    return min(job.config.training.batch_size, len(job.read()))


def _work(settings: dict[str, Any]) -> str:
    """Runs the job as one worker of the process group; returns the message of a UserError, or ""."""
    import ray.train

    from smile.workers.work import work_with_others  # imports torch and transformers, which only workers need

    return work_with_others(settings["job"], ray.train.report if settings["tracked"] else None)
