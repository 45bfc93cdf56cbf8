"""Trains the tower of SMILE-VLM on numbers in the place of sentences: what is left is what language adds.

Letters in shapes: N clips, B clips of the batch, V views, F feature width, K numbers that are taught.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, smooth_l1_loss

from bench.methods.controls.targets import find_components, guess_clusters, measure_faces
from bench.methods.method import Encoder, Labels, PartsDone, Unsuitable
from bench.methods.tower import TowerEncoder, train_net
from smile.config import Config
from smile.losses.gather import add_up
from smile.model.face_text import FaceText
from smile.rendering.views import Views
from smile.training.batches import Batch, Batches
from smile.training.pretraining import initialise
from smile.training.step import Objective


def fit_components(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Regresses the principal components of the pictures, each less its subject's average picture."""
    targets_NK = find_components(views.images, views.subjects)
    if not targets_NK.shape[1]:
        raise Unsuitable("needs several clips of a subject")
    return _train(views, torch.from_numpy(targets_NK), targets_NK.shape[1], regress_numbers, config, progress)


def fit_measures(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Regresses the standardised measures of which the arm `geometry` makes sentences."""
    targets_NK = measure_faces(views).astype(np.float32)
    return _train(views, torch.from_numpy(targets_NK), targets_NK.shape[1], regress_numbers, config, progress)


def fit_clusters(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Classifies into the guessed classes of which the arm `pseudo` makes prompts."""
    numbers_N = guess_clusters(views, config)
    return _train(views, torch.from_numpy(numbers_N), int(numbers_N.max()) + 1, classify_guess, config, progress)


class Heads(nn.Module):
    """Joins the tower with a linear layer on the fused face, and one on each view, as the alignment reads both."""

    def __init__(self, face: FaceText, outputs: int) -> None:
        super().__init__()
        self.face = face
        self.of_face = nn.Linear(face.image.feature_size, outputs)
        self.of_view = nn.Linear(face.image.feature_size, outputs)

    def tell(self, batch: Batch) -> Tensor:
        """Returns [1 + V, B, K]: what the face tells, then what each view tells."""
        output = self.face(batch.pixels, None, None, batch.token_bound)
        return torch.cat([self.of_face(output.face_features)[None], self.of_view(output.view_features).transpose(0, 1)])


def regress_numbers(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Returns the smooth L1 distance of the face plus that of the average view; a number that is NaN does not count."""
    told, targets_BK = model.tell(batch), batch.labels  # type: ignore[operator]  # a module with heads
    known_BK = targets_BK.isfinite()  # type: ignore[union-attr]  # this run has targets
    missed = smooth_l1_loss(told, torch.where(known_BK, targets_BK, 0).expand_as(told), reduction="none")  # type: ignore[arg-type]
    each = add_up((missed * known_BK).sum(dim=(1, 2))) / add_up(known_BK.sum()).clamp(min=1)
    return {"regression": each[0] + each[1:].mean()}


def classify_guess(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Returns the cross-entropy of the face plus that of the average view; a clip without a guess does not count."""
    told, numbers_B = model.tell(batch), batch.labels  # type: ignore[operator]  # a module with heads
    known = add_up((numbers_B >= 0).sum()).clamp(min=1)  # type: ignore[operator, union-attr]  # this run has targets
    each = add_up(torch.stack([cross_entropy(one, numbers_B, reduction="sum") for one in told])) / known  # type: ignore[arg-type]
    return {"classification": each[0] + each[1:].mean()}


def _train(
    views: Views, targets: Tensor, outputs: int, objective: Objective, config: Config, progress: PartsDone
) -> TowerEncoder:
    face = initialise(config, views.images, None)
    model = Heads(face, outputs).to(face.device)
    batches = Batches(views.images, config.training, labels=targets, patches=face.image.patches)
    workload = train_net(model, objective, batches, config, progress)
    return TowerEncoder(face, views.images.shape[1], workload)
