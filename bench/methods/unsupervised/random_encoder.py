"""A random encoder: what the pictures and the architecture give without any learning."""

from __future__ import annotations

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.tower import TowerEncoder
from smile.config import Config
from smile.rendering.views import Views
from smile.training.pretraining import initialise


def fit(views: Views, _labels: Labels, config: Config, _progress: PartsDone) -> Encoder:
    """All views through the tower as it is drawn."""
    return TowerEncoder(initialise(config, views.images, None), views.images.shape[1])
