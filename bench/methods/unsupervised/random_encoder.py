"""Provides an untrained encoder, to show what images and architecture give without learning."""

from __future__ import annotations

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.tower import TowerEncoder
from smile.config import Config
from smile.rendering.views import Views
from smile.training.pretraining import initialise


def fit(views: Views, _labels: Labels, config: Config, _progress: PartsDone) -> Encoder:
    """Returns the tower with its initial random weights; it encodes all views."""
    return TowerEncoder(initialise(config, views.images, None), views.images.shape[1])
