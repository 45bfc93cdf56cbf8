"""Provides an untrained encoder, to show what images and architecture give without learning."""

from __future__ import annotations

import torch

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.tower import TowerEncoder
from smile.config import Config
from smile.model.face_text import FaceText
from smile.model.presets import IMAGE_PRESETS
from smile.rendering.views import Views
from smile.training.pretraining import initialise


def fit(views: Views, _labels: Labels, config: Config, _progress: PartsDone) -> Encoder:
    """Returns the tower with random weights; it encodes all views.

    Where config.model.image_tower names a pretrained model, its architecture is kept and its weights are not.
    """
    model = initialise(config, views.images, None)
    if config.model.image_tower not in IMAGE_PRESETS:
        torch.manual_seed(config.training.seed)
        model = FaceText(model.config).to(model.device)
    return TowerEncoder(model, views.images.shape[1])
