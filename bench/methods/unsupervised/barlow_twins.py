"""Trains Barlow Twins (Zbontar et al. 2021) on two augmentations of the front view."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.unsupervised.twins import embed_twins, train_on_front
from smile.config import Config
from smile.losses.decorrelation import decorrelate
from smile.rendering.views import Views
from smile.training.batches import Batch


def fit(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains the tower with the loss of Zbontar et al. 2021, eq. 1, between two augmentations of the front view.

    SMILE-VLM uses the same loss between views. Epochs, batches and augmentation are those of SMILE-VLM.
    """
    off_diagonal_weight = config.losses.decorrelation.off_diagonal_weight

    def compare_twins(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        twins_B2D = torch.stack(embed_twins(model, batch), dim=1)
        return {"decorrelation": decorrelate(twins_B2D, off_diagonal_weight)}

    return train_on_front(views, config, compare_twins, progress)
