"""The contract of a method that is measured, and how labels are kept from it.

Letters in shapes: N clips, D dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from smile.arrays import Float32
from smile.config import Arm, Config
from smile.errors import UserError
from smile.rendering.views import Views

Family = Literal["floor", "unsupervised", "vision-language", "supervised"]
#: Called with how many parts of a fit are done, and of how many.
PartsDone = Callable[[int, int], None]


class Encoder(Protocol):
    """What a fitted method leaves: a frozen function of the pictures."""

    def embed(self, views: Views) -> Float32:
        """Finite embeddings [N, D], row n for clip n; equal views give equal bytes."""


@dataclass(frozen=True)
class Method:
    """Who is measured.

    `fit(views, labels, config, progress)` learns from the pretraining clips. `labels` is None unless `uses_labels`,
    and the views that it gets carry no labels (see `fit_blind`). The seed is config.training.seed.
    """

    title: str  # as printed
    family: Family
    fit: Callable[[Views, tuple[str, ...] | None, Config, PartsDone], Encoder]
    uses_labels: bool = False  # in learning the embedding; the classifier on top always sees the training labels
    classifier: str = "ridge"  # key of linear_probe.CLASSIFIERS
    arm: Arm = "none"  # where its captions come from


class Unsuitable(UserError):
    """The data lack what this method needs: its row says so, and nothing has failed."""


def fit_blind(method: Method, views: Views, config: Config, progress: PartsDone) -> Encoder:
    """Fits a method on views whose labels are gone; it is handed labels only where it says that it uses them."""
    labels = views.expressions if method.uses_labels else None
    return method.fit(blank(views), labels, config, progress)


def blank(views: Views) -> Views:
    """The views without labels and attributes, and without clip ids: an id such as "F001/Happy" tells the label too."""
    numbers = tuple(str(row) for row in range(len(views)))
    return replace(views, expressions=("",) * len(views), clip_ids=numbers, skipped=(), labels=(), attributes=())


def first_views(views: Views, count: int) -> Views:
    """The clips with their first `count` views alone: cameras are nested.

    Their pictures are copied, unless these are all: whoever draws batches from a slice copies all of it each time.
    """
    return replace(views, images=np.ascontiguousarray(views.images[:, :count]))
