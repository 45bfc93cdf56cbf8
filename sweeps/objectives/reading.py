"""Holds what an objective reads of a frozen encoder, and what it finds.

Letters in shapes: N held-out clips, R pretraining clips, V views, F features of all views side by side, M measures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from bench.probes.kernel import Kernel, make_kernel
from bench.probes.probe import Exam, Round
from bench.statistics.metrics import mark_classes, order_classes
from smile.arrays import Float32, Float64, Int64
from smile.data.splits import order_subjects
from smile.errors import UserError
from smile.rendering.views import Views

if TYPE_CHECKING:  # so that a sweep without missing trials does not import torch
    from smile.model.encoding import Codes

#: Validation subject -> (what was right, clips): the first over the second is the subject's share, from 0 to 1.
Right = Mapping[str, tuple[float, int]]
NOBODY: Right = MappingProxyType({})

#: Orders of the held-out subjects of whom the first few are labelled; the benchmark takes as many.
DRAWS = 30


@dataclass(frozen=True)
class Held:
    """Holds held-out clips as a frozen encoder sees them; none of their subjects was pretrained on."""

    codes: Codes
    reference: Float32  # [R, F] of the pretraining clips
    views: Views  # the held-out clips; only an objective that says so reads their labels
    folds: Int64  # [N] subject-independent
    scores: Float64 | None  # [N, M] what landmarks measured, in deviations; None: there are no landmarks
    seed: int

    @cached_property
    def kernel(self) -> Kernel:
        """Inner products of the held-out clips."""
        return make_kernel(self.codes.side_by_side, self.reference)

    @property
    def exam(self) -> Exam:
        """What the probes of the benchmark read; UserError where a clip has no label."""
        if not self.views.labelled.all():
            raise UserError(
                "this objective needs a label for each clip; choose --objective effective_rank, which needs none"
            )
        classes = order_classes(name for own in self.views.labels for name in own)
        subjects = sorted(set(self.views.subjects))
        return Exam(
            kernel=self.kernel,
            targets=mark_classes(self.views.labels, classes),
            multilabel=False,
            rounds=(Round(self.folds, tuple(np.unique(self.folds).tolist())),),
            classifier="ridge",
            seed=self.seed,
            classes=classes,
            clips=self.views.clips,
            draws=tuple(order_subjects(subjects, "sweep", "few_labels", number) for number in range(DRAWS)),
        )


@dataclass(frozen=True)
class Reading:
    """Holds what an objective found: a number, higher is better, and each subject's part where it has one."""

    value: float
    right: Right = field(default_factory=dict)


@dataclass(frozen=True)
class Yardstick:
    """Describes what a trial is scored by."""

    about: str  # a sentence for the report
    unit: str  # what a hundredth of it is called
    measure: Callable[[Held], Reading]
    labels: bool  # whether it reads labels of held-out clips
    shares: bool = True  # whether it says each subject's part, so that a standard error over subjects is known
