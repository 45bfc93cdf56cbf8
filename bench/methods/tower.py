"""Wraps the nets of trained methods as encoders, and passes on the progress of training.

All trained methods share the tower, epochs, batches and augmentation of SMILE-VLM.
Letters in shapes: N clips, B clips of a batch, V views, C channels, H and W pixels, S sentences, F feature width,
D width of the joint space, X any width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bench.methods.cost import Workload, count_workload
from bench.methods.method import PartsDone
from smile.arrays import Float32
from smile.config import Config
from smile.model.encoding import encode_faces, encode_sentences, know
from smile.model.face_text import FaceText
from smile.model.image_tower import to_pixels
from smile.rendering.views import Views
from smile.training.batches import Batches
from smile.training.loop import Report, train
from smile.training.step import Objective

#: Clips that pass a net at once when it embeds.
BATCH = 64


@dataclass(frozen=True)
class TowerEncoder:
    """Encodes the first `view_count` views with a frozen model."""

    model: FaceText
    view_count: int
    workload: Workload = field(default_factory=Workload)

    def embed(self, views: Views) -> Float32:
        """Returns the features of all views side by side [N, V F], before the projection (Chen et al. 2020, sec. 4.2).

        The fused features would be an average; they cost each method with several views a point or two (docs/log.md).
        """
        return encode_faces(self.model, views.images[:, : self.view_count]).side_by_side


@dataclass(frozen=True)
class TextTowerEncoder(TowerEncoder):
    """Encodes sentences as well, with a model that was trained on captions."""

    def embed_jointly(self, views: Views) -> Float32:
        """Returns the fused embedding of each face in the joint space [N, D]."""
        return encode_faces(self.model, views.images[:, : self.view_count]).face_embedding

    def embed_sentences(self, sentences: Sequence[str]) -> Float32:
        """Returns the embeddings of sentences [S, D]; zeros where the tokenizer does not know a word."""
        known = know(self.model, sentences)
        embeddings = np.zeros((len(sentences), self.model.config.embedding_size), dtype=np.float32)
        if known:
            embeddings[[text in set(known) for text in sentences]] = encode_sentences(self.model, known)
        return embeddings


class Net(nn.Module):
    """Turns the images of a clip into one vector: what a method defines that does not read views side by side."""

    def describe(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns one vector a clip [B, X]."""
        raise NotImplementedError


@dataclass(frozen=True)
class NetEncoder:
    """Encodes all views with a frozen net."""

    model: Net
    workload: Workload = field(default_factory=Workload)

    def embed(self, views: Views) -> Float32:
        """Returns what the net says of each clip [N, X]."""
        device = next(self.model.parameters()).device
        parts = [np.array(views.images[start : start + BATCH]) for start in range(0, len(views), BATCH)]
        with held_still(self.model):
            found = [self.model.describe(to_pixels(torch.from_numpy(part).to(device))).cpu().numpy() for part in parts]
        return np.concatenate(found)


@contextmanager
def held_still(model: nn.Module) -> Iterator[None]:
    """Puts a net into evaluation mode inside a `with` block, without gradients."""
    was_training = model.training
    model.eval()
    with torch.no_grad():
        yield
    model.train(was_training)


def train_net(
    model: nn.Module, objective: Objective, batches: Batches, config: Config, progress: PartsDone
) -> Workload:
    """Trains `model` in place with the settings of the config; returns how long that was."""
    train(model, objective, batches, report=follow(config, progress))
    pictures = batches.images.shape[1] * (2 if batches.twins else 1)
    return count_workload(config.training, len(batches.images), pictures)


def follow(config: Config, progress: PartsDone) -> Report:
    """Returns a callback for the training loop that passes on its report as progress in epochs."""

    def report(metrics: dict[str, Any]) -> None:
        progress(int(metrics["epoch"]), config.training.epochs)

    return report
