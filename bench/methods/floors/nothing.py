"""Fits floors that ignore the images, so that other scores can be compared with chance."""

from __future__ import annotations

import numpy as np

from bench.methods.method import Labels, PartsDone
from smile.arrays import Float32
from smile.config import Config
from smile.rendering.views import Views


class Blind:
    """Embeds every clip as the same number: a classifier can only learn how frequent the classes are."""

    def embed(self, views: Views) -> Float32:
        """Returns zeros, [N, 1]."""
        return np.zeros((len(views), 1), dtype=np.float32)


def fit_nothing(_views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Blind:
    """Returns the encoder at once. A uniform guess then gives chance; a linear probe gives the most frequent class."""
    return Blind()
