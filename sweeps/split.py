"""Splits the subjects that the benchmark does not test into pretraining and validation, and scores encoders there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.overlap import refuse_leak
from bench.protocols import anyone
from bench.protocols.draws import draw_apart
from bench.protocols.plan import Plan
from smile.arrays import Float64
from smile.captions.axes import Said
from smile.config import Config, Rendering
from smile.errors import UserError
from smile.rendering.raster.cameras import directions
from smile.rendering.views import Views, blank
from sweeps.objectives import OBJECTIVES
from sweeps.objectives.reading import Held, Reading, Yardstick
from sweeps.objectives.worst import WORST, find_worst

if TYPE_CHECKING:  # so that a sweep without missing trials does not import torch
    from smile.model.face_text import FaceText


@dataclass(frozen=True)
class Split:
    """Holds the clips that a trial pretrains on and those that it is scored on: of subjects that share nobody."""

    config: Config
    pretraining: Views  # without labels
    said: Said  # of the clips of `pretraining`
    validation: Views
    plan: Plan  # with folds over the validation subjects
    scores: Float64 | None  # what landmarks of the validation clips measured; None: there are none

    def pretrain(self, follow: Callable[[FaceText, float], None], threads: int) -> FaceText:
        """Pretrains and returns the model; calls `follow(model, epoch)` at each report of the training."""
        import torch

        from smile.training.pretraining import fit_model, initialise

        torch.set_num_threads(threads)
        images = self.pretraining.images
        model = initialise(self.config, images, self.said.sentences, axes=self.said.axes)

        def report(metrics: dict[str, float]) -> None:
            follow(model, metrics["epoch"])

        fit_model(model, self.config, images, self.said.sentences, report=report, axes=self.said.axes)
        return model

    def hold(self, model: FaceText) -> Held:
        """Returns the validation clips as the model sees them."""
        from smile.model.encoding import encode_faces

        (folds,) = self.plan.rounds
        where = {name: number for number, fold in enumerate(folds.folds) for name in fold}
        return Held(
            codes=encode_faces(model, self.validation.images),
            reference=encode_faces(model, self.pretraining.images).side_by_side,
            views=self.validation,
            folds=np.array([where[name] for name in self.validation.subjects]),
            scores=self.scores,
            seed=self.config.training.seed,
        )


def measure_all(held: Held, known: Mapping[str, Reading]) -> dict[str, float]:
    """Returns the number of every objective that these clips allow; those of `known` are not measured again.

    Also tells how the first of `known` is for the worst subgroup.
    """
    found = {name: reading.value for name, reading in known.items()}
    if (first := next(iter(known.values()), None)) and first.right:
        found[WORST] = find_worst(first.right, held.views)
    for name, objective in OBJECTIVES.items():
        if name not in found and _allows(held, objective):
            found[name] = objective.measure(held).value
    return {name: value for name, value in sorted(found.items()) if np.isfinite(value)}


def _allows(held: Held, objective: Yardstick) -> bool:
    if objective.labels:
        return bool(held.views.labelled.all())
    alone = len(set(held.views.subjects)) == len(held.views)
    return not objective.shares or (held.scores is not None and not alone)


def split_subjects(kept: Views, config: Config) -> Split:
    """Splits clips that the benchmark does not test into pretraining and validation, by config.training.seed.

    The clips keep the views of config.rendering, of those that `kept` shows. Raises UserError where there are too few
    subjects or, for captions, no landmarks.
    """
    from smile.captions.arms import write_captions

    inner = draw_apart(kept.subjects, "sweep", config.training.seed)
    pretraining = select_subjects(kept, inner.groups[0].pretraining)
    validation = select_subjects(kept, inner.evaluated)
    if validation.labelled.any():  # a clip without a label cannot be told right
        validation = validation.rows(validation.labelled)
    refuse_leak(inner.evaluated, pretraining.subjects, "a sweep's pretraining")
    said = write_captions(config.captions, pretraining, config.training.seed)
    return Split(config, blank(pretraining), said, validation, inner, _measure_landmarks(pretraining, validation))


def _measure_landmarks(pretraining: Views, validation: Views) -> Float64 | None:
    from smile.captions.geometry import NoLandmarks, fit_captioner

    if validation.landmarks is None:
        return None
    try:
        captioner = fit_captioner(pretraining.landmarks, pretraining.landmark_scheme, pretraining.subjects)
    except NoLandmarks:
        return None
    return captioner.score(validation.landmarks, validation.subjects)


def choose_views(views: Views, shown: Rendering, wanted: Rendering) -> Views:
    """Returns the clips with the views of `wanted`, where they have those of `shown`.

    The images are copied unless all views are wanted, because batches from a slice would copy it each time. Raises
    UserError where a view is not there.
    """
    there = directions(shown)
    missing = [at for at in directions(wanted) if at not in there]
    if missing:
        raise UserError(f"no view from {missing[0][0]:g} degrees was drawn; views: {', '.join(views.view_names)}")
    rows = [there.index(at) for at in directions(wanted)]
    if rows == list(range(len(there))):
        return views
    names = tuple(views.view_names[row] for row in rows) if views.view_names else ()
    return replace(views, images=np.ascontiguousarray(views.images[:, rows]), view_names=names)


def keep_apart(views: Views) -> Views:
    """Returns the clips of the subjects that `draw_benchmark` does not test."""
    outer = draw_benchmark(views)
    kept = select_subjects(views, outer.groups[0].pretraining)
    refuse_leak(outer.evaluated, kept.subjects, "a sweep's subjects")
    return kept


def draw_benchmark(views: Views) -> Plan:
    """Returns the plan of `python -m bench.run --protocol tenfold --budget quick`, which tests half of the subjects."""
    return draw_apart(views.subjects, *anyone.KEY)


def select_subjects(views: Views, subjects: Sequence[str]) -> Views:
    """Returns the clips of these subjects."""
    return views.rows(views.of_subjects(subjects))
