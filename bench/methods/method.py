"""Defines the contract of a method, and withholds labels from methods that do not use them.

Letters in shapes: N clips, S sentences, D dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, Protocol, runtime_checkable

from smile.arrays import Float32
from smile.config import Arm, Config
from smile.errors import UserError
from smile.rendering.views import Views, blank

#: New families come last, so that a family keeps its colour in figures.
Family = Literal["floor", "unsupervised", "vision-language", "supervised", "handcrafted", "control", "pretrained"]
#: What the pretraining of a method is told beside images: who each scan is of, landmarks, sentences, which action units
#: an expression has (FACS), or the labels themselves.
Knows = Literal["nothing", "who", "landmarks", "who + landmarks", "+ text", "+ FACS", "labels"]
#: Reports progress of a fit: called with the number of finished parts and the number of all parts.
PartsDone = Callable[[int, int], None]
#: Labels of the pretraining clips, one or several for each clip; None for a method that must not see labels.
Labels = tuple[tuple[str, ...], ...] | None


class Encoder(Protocol):
    """Maps images to embeddings and is frozen: the result of a fitted method."""

    def embed(self, views: Views) -> Float32:
        """Returns finite embeddings [N, D], row n for clip n; equal views give equal bytes."""


@runtime_checkable
class TextEncoder(Protocol):
    """Is what an encoder with a text side can do besides: embed faces and sentences in one joint space."""

    def embed_jointly(self, views: Views) -> Float32:
        """Returns embeddings [N, D] of faces in the joint space."""

    def embed_sentences(self, sentences: Sequence[str]) -> Float32:
        """Returns embeddings [S, D] of sentences in the joint space; zeros for one with a word that it never read."""


@dataclass(frozen=True)
class Method:
    """Describes one method that can be measured.

    `fit(views, labels, config, progress)` learns from the pretraining clips. The views that `fit` gets never carry
    labels. `labels` is None unless `uses_labels` is True (see `fit_blind`). The seed is config.training.seed.
    """

    title: str  # as printed in tables
    family: Family
    fit: Callable[[Views, Labels, Config, PartsDone], Encoder]
    uses_labels: bool = False  # to train the encoder; the probe always sees labels of training subjects
    classifier: str = "ridge"  # key of CLASSIFIERS in bench/probes/linear_probe.py
    arm: Arm = "none"  # source of the captions
    knows: Knows = "nothing"  # "+ text" and "+ FACS" add to "who + landmarks", as in the order above
    source: str = ""  # digest of code or weights outside of this project: part of the identity of a result


@dataclass(frozen=True)
class Later:
    """Imports a `fit` function only when called, so that code that lists methods or reads records needs no torch."""

    module: str  # e.g. "bench.methods.supervised.mvcnn"
    function: str = "fit"  # or another thing of the module, which `load` returns

    def __call__(self, views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
        """Fits the method; see Method."""
        encoder: Encoder = self.load()(views, labels, config, progress)
        return encoder

    def load(self) -> Any:
        """Returns the imported function."""
        return getattr(import_module(self.module), self.function)


class Unsuitable(UserError):
    """Says that the data lack what a method needs. The table prints this as the reason, and it is not a failure."""


def fit_blind(method: Method, views: Views, config: Config, progress: PartsDone) -> Encoder:
    """Fits a method on views without labels; passes labels as an argument only if the method declares their use."""
    labels = views.labels if method.uses_labels else None
    return method.fit(blank(views), labels, config, progress)
