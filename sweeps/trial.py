"""EDGE ray.train: runs one trial, which pretrains with a drawn setting and is scored on subjects that it never saw.

Letters in shapes: N clips, V views, C channels, H and W pixels.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.audit.overlap import refuse_leak
from bench.probes.kernel import make_kernel
from bench.probes.linear_probe import probe
from bench.probes.probe import Exam, Round
from bench.protocols import anyone
from bench.protocols.draws import draw_apart
from bench.protocols.plan import Plan
from bench.statistics.metrics import count_confusions, mark_classes, order_classes, uar
from smile.arrays import Bool, Float32
from smile.captions.axes import Said
from smile.config import Config, override
from smile.rendering.views import Views, blank
from sweeps.effort import NOBODY, Effort, Right, TrialObjective, TrialReport, rungs
from sweeps.recorder import RIGHT
from sweeps.studies import Sample

if TYPE_CHECKING:  # so that a sweep without missing trials does not import torch
    from smile.model.face_text import FaceText

OBJECTIVE = (
    "The objective is the unweighted average recall (UAR) of a linear probe on the frozen encoder, cross-validated "
    "over subjects that the encoder was not pretrained on."
)


@dataclass(frozen=True)
class Task:
    """Holds the data of all trials of a study, and runs a trial when it is called as a TrialObjective.

    The trials follow the protocol of the benchmark, but use only subjects that the benchmark does not test.
    """

    config: Config
    pretraining: Views  # without labels; holds the largest number of views of any trial
    said: Said  # of the clips of `pretraining`
    validation: Views
    plan: Plan  # with folds over the validation subjects
    threads: int  # of torch, per trial

    def __call__(self, setting: Sample, report: TrialReport) -> None:
        """Pretrains with `setting`; reports the UAR on the validation clips, and which were right, at each rung."""
        config = override(self.config, setting)
        due = rungs(config.training.epochs)

        def follow(model: FaceText, epoch: float) -> None:
            if epoch in due:
                report(int(epoch), *self.validate(model, config))

        self.pretrain(config, follow)

    def pretrain(self, config: Config, follow: Callable[[FaceText, float], None]) -> FaceText:
        """Pretrains and returns the model of `config`; calls `follow(model, epoch)` at each report of the training."""
        import torch

        from smile.training.pretraining import fit_model, initialise

        torch.set_num_threads(self.threads)
        images = self.pretraining.first_views(config.rendering.view_count).images
        model = initialise(config, images, self.said.sentences, axes=self.said.axes)

        def report(metrics: dict[str, float]) -> None:
            follow(model, metrics["epoch"])

        fit_model(model, config, images, self.said.sentences, report=report, axes=self.said.axes)
        return model

    def validate(self, model: FaceText, config: Config) -> tuple[float, Right]:
        """Returns the UAR of the linear probe over the validation clips, and each subject's clips that were right.

        The folds are subject-independent.
        """
        classes = order_classes(itertools.chain(*self.validation.labels))
        targets = mark_classes(self.validation.labels, classes)
        (folds,) = self.plan.rounds
        where = {name: number for number, fold in enumerate(folds.folds) for name in fold}
        numbers = np.array([where[name] for name in self.validation.subjects])
        exam = Exam(
            kernel=make_kernel(_embed(model, self.validation, config), _embed(model, self.pretraining, config)),
            targets=targets,
            multilabel=False,
            rounds=(Round(numbers, self.plan.served),),
            classifier="ridge",
            seed=config.training.seed,
        )
        (guesses,) = probe(exam)
        # Rounded, so that equal recalls give equal numbers even if they were summed in another order.
        recall = round(float(uar(count_confusions(targets.argmax(1), guesses.argmax(1), len(classes)))), 6)
        return recall, _count_right(self.validation.subjects, (targets == guesses).all(axis=1))


def _count_right(subjects: Sequence[str], right: Bool) -> Right:
    clips, told = Counter(subjects), Counter(itertools.compress(subjects, right))
    return {name: (told[name], clips[name]) for name in sorted(clips)}


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

    def report(epoch: int, value: float, right: Right = NOBODY) -> None:
        train.report({"epoch": epoch, "objective": value, RIGHT: dict(right)})

    objective(given["setting"], report)


def draw_task(views: Views, config: Config, threads: int) -> Task:
    """Splits the clips for a study whose trials start from `config`.

    Leaves out the half of the subjects that `draw_benchmark` tests, whatever the seed. Splits the other half into
    pretraining and validation in the same way, by config.training.seed. Example: of 60 subjects, 30 are left out, 15
    pretrain and 15 validate. Raises UserError where there are too few subjects or, for captions, no landmarks.
    """
    return split_task(keep_apart(views), config, threads)


def keep_apart(views: Views) -> Views:
    """Returns the clips of the subjects that `draw_benchmark` does not test."""
    outer = draw_benchmark(views)
    kept = _select(views, outer.groups[0].pretraining)
    refuse_leak(outer.evaluated, kept.subjects, "a sweep's subjects")
    return kept


def split_task(kept: Views, config: Config, threads: int) -> Task:
    """Splits clips that the benchmark does not test into pretraining and validation, by config.training.seed."""
    from smile.captions.arms import write_captions

    inner = draw_apart(kept.subjects, "sweep", config.training.seed)
    pretraining = _select(kept, inner.groups[0].pretraining)
    validation = _select(kept, inner.evaluated)
    refuse_leak(inner.evaluated, pretraining.subjects, "a sweep's pretraining")
    said = write_captions(config.captions, pretraining, config.training.seed)
    return Task(config, blank(pretraining), said, validation, inner, threads)


def draw_benchmark(views: Views) -> Plan:
    """Returns the plan of `python -m bench.run --protocol tenfold --budget quick`, which tests half of the subjects."""
    return draw_apart(views.subjects, *anyone.KEY)


def _embed(model: FaceText, views: Views, config: Config) -> Float32:
    """Returns the features of the views side by side, which the benchmark probes too."""
    from smile.model.encoding import encode_faces

    return encode_faces(model, views.images[:, : config.rendering.view_count]).side_by_side


def _select(views: Views, subjects: Sequence[str]) -> Views:
    return views.rows(views.of_subjects(subjects))
