"""Trains the upper reference: the same tower and views as SMILE-VLM, on the labels of the pretraining subjects.

Letters in shapes: B clips of the batch, F feature width.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.supervised.classes import number_classes
from bench.methods.tower import TowerEncoder, train_net
from smile.arrays import UInt8
from smile.config import Config
from smile.model.face_text import FaceText
from smile.rendering.views import Views
from smile.training.batches import Batch, Batches
from smile.training.pretraining import initialise


def fit(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains with cross-entropy on the fused features of all views; epochs, batches, augmentation as for SMILE-VLM."""
    return fit_classifier(initialise(config, views.images, None), views.images, labels, config, progress)


def fit_front(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains on the front view alone, as networks of a single image are."""
    return fit(views.first_views(1), labels, config, progress)


def fit_classifier(face: FaceText, images: UInt8, labels: Labels, config: Config, progress: PartsDone) -> TowerEncoder:
    """Trains a tower on labels, in place, from the weights that it has."""
    numbers_N, count = number_classes(labels)
    model = Classifier(face, count).to(face.device)
    batches = Batches(images, config.training, labels=numbers_N, patches=face.image.patches)
    workload = train_net(model, classify, batches, config, progress)
    return TowerEncoder(face, images.shape[1], workload)


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
