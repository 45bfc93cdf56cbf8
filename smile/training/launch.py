"""EDGE ray.train: runs a job in this process, or on several workers of Ray Train."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from transformers.utils.logging import disable_progress_bar

from smile.errors import UserError
from smile.model.face_text import FaceText
from smile.progress import Reporter
from smile.training.job import Job, run_folder
from smile.training.loop import Report
from smile.training.pretraining import pretrain

#: Called as progress(what, epochs done, epochs of the run).
Progress = Callable[[str, int, int], None]

#: How often Ray starts a run again from its last checkpoint after a worker was lost.
RESTARTS = 2

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # Ray's announced default, without its warning
}


def launch(
    job: Job,
    *,
    workers: int = 1,
    address: str | None = None,
    storage: str | None = None,
    progress: Progress | None = None,
) -> FaceText:
    """Pretrains, writes the model into job.output and returns it; started again after a kill, it goes on.

    One worker runs in this process without Ray. More are placed by Ray Train on the cluster at `address`, or on
    this machine, with a GPU each where the cluster has as many; `storage` (default: the run's folder) keeps Ray's
    checkpoints and must be reached by all nodes. Ray's own log then shows the progress of the first worker.
    Raises UserError where Ray is missing, no cluster answers, or a worker fails.
    """
    disable_progress_bar()  # of transformers, for a file that is written in a moment
    if workers <= 1:
        model = pretrain(
            job.config,
            job.read(),
            job.captions,
            report=_follow(job, progress),
            checkpoint_folder=run_folder(job.output),
        )
        model.save_pretrained(job.output)
    else:
        with _ray(address):
            _place(job, workers, storage or str(run_folder(job.output) / "ray"))
        model = FaceText.from_pretrained(job.output)
    shutil.rmtree(run_folder(job.output))
    return model


def _follow(job: Job, progress: Progress | None) -> Report:
    epochs = job.config.training.epochs

    def report(metrics: dict[str, float], _checkpoint: Path | None) -> None:
        if progress is not None:
            progress("Pretraining (epochs)", round(metrics["epoch"]), epochs)

    return report


def _place(job: Job, workers: int, storage: str) -> None:
    """Runs `_work` on every worker and copies the finished model from Ray's storage to job.output."""
    import ray
    from ray.train import CheckpointConfig, FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchTrainer

    trainer = TorchTrainer(
        _work,
        train_loop_config={"job": job},
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=ray.cluster_resources().get("GPU", 0) >= workers),
        # The same name in the same storage: a run that was killed goes on from its last checkpoint.
        run_config=RunConfig(
            name=job.id,
            storage_path=storage,
            failure_config=FailureConfig(max_failures=RESTARTS),
            checkpoint_config=CheckpointConfig(num_to_keep=1),
        ),
    )
    try:
        result = trainer.fit()
    except ray.train.TrainingFailedError as error:
        raise UserError(f"a worker failed: {_cause(error)}") from error
    with result.checkpoint.as_directory() as folder:
        shutil.copytree(Path(folder) / "model", job.output, dirs_exist_ok=True)


def _work(settings: dict[str, Any]) -> None:
    """What every worker does: the same run, in one process group."""
    import ray.train
    from ray.train import Checkpoint
    from ray.train.torch import get_device

    job: Job = settings["job"]
    first = ray.train.get_context().get_world_rank() == 0
    told: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name, Reporter() as reporter:
        folder = Path(name)
        show = _follow(job, reporter if first else None)

        def report(metrics: dict[str, float], written: Path | None) -> None:
            told.update(metrics)
            show(metrics, written)
            if written:  # Ray takes two seconds for each report, so it hears of checkpoints alone
                ray.train.report(metrics, checkpoint=Checkpoint.from_directory(folder) if first else None)

        if (restored := ray.train.get_checkpoint()) is not None:
            restored.to_directory(folder)
        model = pretrain(
            job.config, job.read(), job.captions, report=report, checkpoint_folder=folder, device=get_device()
        )
        if first:
            model.save_pretrained(folder / "model")
        ray.train.report(told, checkpoint=Checkpoint.from_directory(folder) if first else None)


def _cause(error: Any) -> str:
    """What the first worker that failed said."""
    failures = getattr(error, "worker_failures", None) or {0: error}
    cause = next(iter(failures.values()))
    cause = getattr(cause, "cause", None) or cause
    return str(cause).strip().splitlines()[-1]


@contextmanager
def _ray(address: str | None) -> Iterator[None]:
    """Ray, joined at `address` or started here, for as long as the run lasts; one that already runs is used."""
    os.environ.update({key: value for key, value in QUIET.items() if key not in os.environ})
    try:
        import ray
    except ImportError as error:
        raise UserError("several workers need Ray; install it with: pip install 'ray[default,train]'") from error
    if ray.is_initialized():
        yield
        return
    try:
        # Ray Train gives its place on the cluster back through the State API, which the dashboard serves.
        ray.init(address or "local", include_dashboard=None if address else True, logging_level="ERROR")
    except (ConnectionError, ValueError, RuntimeError) as error:
        place = f"no Ray cluster answers at {address}" if address else "Ray does not start here"
        raise UserError(f"{place}: {str(error).splitlines()[0]}") from error
    try:
        yield
    finally:
        ray.shutdown()
