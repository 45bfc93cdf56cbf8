"""Floors that look at nothing: what a score is worth is seen only beside them."""

from __future__ import annotations

import numpy as np

from bench.methods.method import Labels, PartsDone
from smile.arrays import Float32
from smile.config import Config
from smile.rendering.views import Views


class Blind:
    """Embeds every clip as the same number: a classifier on top can only know how frequent the classes are."""

    def embed(self, views: Views) -> Float32:
        """Zeros [N, 1]."""
        return np.zeros((len(views), 1), dtype=np.float32)


def fit_nothing(_views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Blind:
    """Nothing to learn: with a uniform guess this is chance, with a linear probe the most frequent class."""
    return Blind()
