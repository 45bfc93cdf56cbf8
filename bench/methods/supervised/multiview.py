"""Trains the upper reference: the same tower and views as SMILE-VLM, on the labels of the pretraining subjects.

Letters in shapes: B clips of the batch, F feature width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.tower import TowerEncoder, follow
from smile.config import Config
from smile.model.face_text import FaceText
from smile.rendering.views import Views
from smile.training.batches import Batch, Batches
from smile.training.loop import train
from smile.training.pretraining import initialise


def fit(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains with cross-entropy on the fused features of all views; epochs, batches, augmentation as for SMILE-VLM.

    Each set of labels is one class. Example: clips with (Negative, Surprise) form a class beside (Negative,).
    """
    classes = sorted(set(labels or ()))
    face = initialise(config, views.images, None)
    numbers = torch.tensor([classes.index(label) for label in labels or ()])
    model = Classifier(face, len(classes)).to(face.device)
    batches = Batches(views.images, config.training, labels=numbers, patches=face.image.patches)
    train(model, classify, batches, report=follow(config, progress))
    return TowerEncoder(face, views.images.shape[1])


class Classifier(nn.Module):
    """Joins tower and fusion of SMILE-VLM with a linear layer on the fused features."""

    def __init__(self, face: FaceText, classes: int) -> None:
        super().__init__()
        self.face = face
        self.head = nn.Linear(face.image.feature_size, classes)


def classify(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Returns the cross-entropy of the labels; serves as the objective of a Classifier."""
    features_BF = model.face(batch.pixels, None, None, batch.token_bound).face_features  # type: ignore[operator]  # a Classifier's submodule
    return {"classification": cross_entropy(model.head(features_BF), batch.labels)}  # type: ignore[operator, arg-type]
