"""EDGE ray.train: runs one trial, which pretrains with a drawn setting and is scored on subjects that it never saw.

A trial repeats this on further splits of the subjects, each with a seed of its own, and reports the mean.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smile.config import Config, Rendering, override
from smile.rendering.views import Views
from sweeps.effort import NOTHING, SPENT, Effort, TrialObjective, TrialReport, rungs
from sweeps.objectives import find_objective
from sweeps.objectives.reading import NOBODY, Reading, Right
from sweeps.objectives.repeats import Ending, join_endings
from sweeps.recorder import to_result
from sweeps.split import Split, choose_views, keep_apart, measure_all, split_subjects
from sweeps.studies import Sample

if TYPE_CHECKING:  # so that a sweep without missing trials does not import torch
    from smile.model.face_text import FaceText

SEED = "training.seed"
#: Seeds between the repeats of a trial; `confirm` takes the seeds in between, so that none was searched with.
STRIDE = 1000


def seed_repeat(seed: int, number: int) -> int:
    """Returns the seed of the repeat with this number, which also splits the subjects; 0 is the first."""
    return seed + STRIDE * number


@dataclass(frozen=True)
class Task:
    """Holds the data of all trials of a study, and runs a trial when it is called as a TrialObjective.

    The trials follow the protocol of the benchmark, but use only subjects that the benchmark does not test.
    """

    config: Config
    kept: Views  # of subjects that the benchmark does not test; holds all views of any trial
    shown: Rendering  # how `kept` was drawn
    objective: str  # key of OBJECTIVES
    repeats: int  # splits of the subjects, each with its own seed
    threads: int  # of torch, per trial

    def __call__(self, setting: Sample, report: TrialReport) -> None:
        """Pretrains with `setting`; reports the objective at each rung, and which validation clips were right.

        The reports of the first split come at its rungs, those of a later one at its end: the mean so far. A setting
        may hold a seed, which then stands in the place of the study's.
        """
        clock = _choose_clock()
        config = override(self.config, setting)
        due, epochs, endings = rungs(config.training.epochs), config.training.epochs, list[Ending]()
        for number in range(self.repeats):
            split, start = self.split(config, number), clock()

            def follow(
                model: FaceText, epoch: float, split: Split = split, number: int = number, start: float = start
            ) -> None:
                if epoch not in due or (number and epoch < epochs):
                    return
                reading, also = self.measure(split, model, last=epoch == epochs)
                if epoch == epochs:
                    endings.append(Ending(reading.value, reading.right, {**also, SPENT: round(clock() - start, 2)}))
                    mean = join_endings(endings)
                    report(epochs * (number + 1), mean.value, mean.right, mean.also)
                else:
                    report(int(epoch), reading.value, reading.right)

            split.pretrain(follow, self.threads)

    def split(self, config: Config, number: int = 0) -> Split:
        """Returns the split of the repeat with this number, with the views that `config` asks for."""
        own = override(config, {SEED: seed_repeat(config.training.seed, number)})
        return split_subjects(choose_views(self.kept, self.shown, config.rendering), own)

    def measure(self, split: Split, model: FaceText, last: bool) -> tuple[Reading, Mapping[str, float]]:
        """Returns the objective and, at the end of a training, the number of every objective."""
        held = split.hold(model)
        reading = find_objective(self.objective).measure(held)
        return reading, measure_all(held, {self.objective: reading}) if last else {}


def _choose_clock() -> Callable[[], float]:
    """Returns the time that a processor computes, or that passes where a GPU does; imports what training needs."""
    import torch

    import smile.model.encoding
    import smile.training.pretraining  # noqa: F401

    return time.perf_counter if torch.cuda.is_available() else time.process_time


def spread_over_workers(objective: TrialObjective, effort: Effort, shared: Path) -> TrialObjective:
    """Returns the objective that runs a trial on effort.workers processes of Ray Train, inside a trial of Ray Tune.

    This costs about 15 seconds per trial, so use it for trials that need several GPUs. Ray Train keeps its files in the
    folder `shared`, which every node must reach.
    """

    def spread_objective(setting: Sample, _report: TrialReport) -> None:
        import ray
        from ray.train import RunConfig, ScalingConfig, TrainingFailedError
        from ray.train.torch import TorchTrainer
        from ray.tune.integration.ray_train import TuneReportCallback

        from smile.cluster import find_cause
        from smile.workers.process_group import torch_config

        trainer = TorchTrainer(
            _work,
            torch_config=torch_config(),
            # A reference: the pictures are in the object store already, and each worker takes them from there.
            train_loop_config={"objective": ray.put(objective), "setting": setting},
            scaling_config=ScalingConfig(
                num_workers=effort.workers,
                use_gpu=effort.gpus > 0,
                resources_per_worker={"CPU": 1, "GPU": effort.gpus} if effort.gpus else {"CPU": 1},
            ),
            run_config=RunConfig(storage_path=str(shared.resolve()), callbacks=[TuneReportCallback()]),
        )
        try:
            trainer.fit()
        except TrainingFailedError as error:
            raise find_cause(error) from error

    return spread_objective


def _work(given: dict[str, Any]) -> None:
    """Runs the trial as one of its workers; all workers hold the same model, so all report the same number."""
    import ray
    from ray import train

    objective: TrialObjective = ray.get(given["objective"])

    def report(epoch: int, value: float, right: Right = NOBODY, also: Mapping[str, float] = NOTHING) -> None:
        train.report(to_result(epoch, value, right, also))

    objective(given["setting"], report)


def draw_task(views: Views, config: Config, shown: Rendering, objective: str, repeats: int, threads: int) -> Task:
    """Returns the task of a study whose trials start from `config`, on views that were drawn as `shown` says.

    Leaves out the half of the subjects that `draw_benchmark` tests, whatever the seed. Each repeat splits the other
    half into pretraining and validation in the same way, by its seed. Example: of 60 subjects, 30 are left out, 15
    pretrain and 15 validate. Raises UserError where there are too few subjects or, for captions, no landmarks.
    """
    task = Task(config, keep_apart(views), shown, objective, repeats, threads)
    task.split(config)  # what is wrong with the data is said before trials run
    return task
