"""Wraps the tower of every trained method as an encoder, and passes on the progress of training.

All trained methods share the tower, epochs, batches and augmentation of SMILE-VLM.
Letters in shapes: N clips, V views, C channels, H and W pixels, S sentences, F feature width, D width of
the joint space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.methods.method import PartsDone
from smile.arrays import Float32
from smile.config import Config
from smile.model.encoding import encode_faces, encode_sentences, know
from smile.model.face_text import FaceText
from smile.rendering.views import Views
from smile.training.loop import Report


@dataclass(frozen=True)
class TowerEncoder:
    """Encodes the first `view_count` views with a frozen model."""

    model: FaceText
    view_count: int

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


def follow(config: Config, progress: PartsDone) -> Report:
    """Returns a callback for the training loop that passes on its report as progress in epochs."""

    def report(metrics: dict[str, float]) -> None:
        progress(int(metrics["epoch"]), config.training.epochs)

    return report
