"""What a worker of a run does: it trains, writes the curve and the finished model, and tells how far it is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import torch
from transformers.utils.logging import disable_progress_bar

from smile.atomic import naming
from smile.errors import UserError
from smile.model.face_text import FaceText
from smile.progress import Reporter, Say
from smile.training.checkpoints.checkpoint_file import NotWritten
from smile.training.curve import FILE_NAME, Curve
from smile.training.length import count_steps
from smile.training.loop import Report, say_nothing
from smile.training.pretraining import pretrain
from smile.workers.job import Job, checkpoints_folder, run_folder
from smile.workers.tracking import PRETRAINING, StepProgress, Tracker


def work_alone(job: Job, trackers: Sequence[Tracker], progress: StepProgress | None, say: Say | None) -> None:
    """Runs the job in this process, and writes the finished model into the folder of the run."""
    job.stage(_pretrain(job, _follow(job, say, progress, trackers), say))


def work_with_others(job: Job, report_to_ray: Any) -> str:
    """Runs the job as one worker of the process group of Ray Train; returns the message of a UserError, or "".

    The first worker writes the curve and the model. `report_to_ray` gets each report of every worker; None: nobody.
    """
    import ray.train
    from ray.train.torch import get_device

    context = ray.train.get_context()
    first = context.get_world_rank() == 0
    # Ray gives a worker one thread per core that it asked for; this divides all cores of the node among its workers.
    torch.set_num_threads(max(len(os.sched_getaffinity(0)) // context.get_local_world_size(), 1))
    with Reporter() as reporter:
        show = _follow(job, reporter.say, reporter) if first else None

        def report(metrics: dict[str, float]) -> None:
            if show is not None:
                show(metrics)
            if report_to_ray is not None:
                report_to_ray(metrics)

        try:
            model = _pretrain(job, report, reporter.say if first else None, get_device())
        except NotWritten:
            raise  # only the first worker fails here: Ray must stop the others, which wait for its gradient
        except UserError as error:
            return str(error)  # a restart would not help
    if first:
        job.stage(model)
    return ""


def _pretrain(job: Job, report: Report, say: Say | None, device: torch.device | None = None) -> FaceText:
    disable_progress_bar()  # of transformers: writing the file takes only a moment
    folder = checkpoints_folder(job.output)
    return pretrain(
        job.config,
        job.read(),
        job.captions,
        report=report,
        say=say or say_nothing,
        checkpoint_folder=folder,
        device=device,
        axes=job.axes,
    )


def _follow(job: Job, say: Say | None, progress: StepProgress | None, trackers: Sequence[Tracker] = ()) -> Report:
    """Returns the function that writes a report to the curve's file, to the trackers, and as a line for people."""
    curve = Curve(run_folder(job.output) / FILE_NAME, say)
    steps = count_steps(job.config.training, len(job.read()))

    def report(metrics: dict[str, float]) -> None:
        with naming(curve.file):
            curve.add(metrics)
        for tracker in trackers:
            tracker.add(metrics)
        if progress is not None:
            progress(PRETRAINING, int(metrics["step"]), steps, f"loss {metrics.get('loss/total', 0):.4g}")

    return report
