"""The contract of a method that is measured, and how labels are kept from it.

Letters in shapes: N clips, D dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, Protocol

from smile.arrays import Float32
from smile.config import Arm, Config
from smile.errors import UserError
from smile.rendering.views import Views, blank

Family = Literal["floor", "unsupervised", "vision-language", "supervised"]
#: Called with how many parts of a fit are done, and of how many.
PartsDone = Callable[[int, int], None]
#: The labels of the pretraining clips, one or several each; None for a method that may not see them.
Labels = tuple[tuple[str, ...], ...] | None


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
    fit: Callable[[Views, Labels, Config, PartsDone], Encoder]
    uses_labels: bool = False  # in learning the embedding; the classifier on top always sees the training labels
    classifier: str = "ridge"  # key of linear_probe.CLASSIFIERS
    arm: Arm = "none"  # where its captions come from


@dataclass(frozen=True)
class Later:
    """A `fit` that is imported when it is called: who lists methods or reads records need not wait for torch."""

    module: str  # e.g. "bench.methods.unsupervised.simclr"
    function: str = "fit"

    def __call__(self, views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
        """Fits the method: see Method.fit."""
        encoder: Encoder = self.load()(views, labels, config, progress)
        return encoder

    def load(self) -> Callable[[Views, Labels, Config, PartsDone], Encoder]:
        """The function itself."""
        found: Callable[[Views, Labels, Config, PartsDone], Encoder] = getattr(
            import_module(self.module), self.function
        )
        return found


class Unsuitable(UserError):
    """The data lack what this method needs: its row says so, and nothing has failed."""


def fit_blind(method: Method, views: Views, config: Config, progress: PartsDone) -> Encoder:
    """Fits a method on views whose labels are gone; it is handed labels only where it says that it uses them."""
    labels = views.labels if method.uses_labels else None
    return method.fit(blank(views), labels, config, progress)
