"""Reads the measures of the captions from raw pixels by ridge regression: what they teach without a tower.

Letters in shapes: N clips, D pixels of a clip, M measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.methods.controls.targets import measure_faces
from bench.methods.method import Labels, PartsDone, Unsuitable
from smile.arrays import Bool, Float32
from smile.config import Config
from smile.rendering.views import Views

#: Penalties to choose from, by leaving one clip of pretraining out; pixels range from -1 to 1.
PENALTIES = tuple(10.0 ** np.arange(0, 6.5, 0.5))


@dataclass(frozen=True)
class LinearMeasures:
    """Embeds a clip as the measures that a ridge regression reads from its pixels."""

    ridge: Any

    def embed(self, views: Views) -> Float32:
        """Returns predicted measures in deviations, [N, M]."""
        return np.asarray(self.ridge.predict(_pixels(views)), dtype=np.float32)


def fit(views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> LinearMeasures:
    """Fits the ridge on the clips whose measures are all known; raises Unsuitable where there are none."""
    from sklearn.linear_model import RidgeCV

    measures = measure_faces(views)
    known: Bool = np.asarray(np.isfinite(measures).all(axis=1))
    if known.sum() < 2:
        raise Unsuitable("needs landmarks of several clips")
    return LinearMeasures(RidgeCV(PENALTIES, gcv_mode="auto").fit(_pixels(views.rows(known)), measures[known]))


def _pixels(views: Views) -> Float32:
    return np.asarray((views.images.reshape(len(views), -1).astype(np.float32) - 128) / 128, dtype=np.float32)
