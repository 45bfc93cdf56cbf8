"""Floors without learning: raw pixels, and how far the landmarks moved.

A learnt embedding that does not beat these has learnt little, however well it does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.methods.method import Progress, Unsuitable
from smile.config import Config
from smile.data.face import Float
from smile.rendering.views import Views


class Pixels:
    """The pictures themselves."""

    def embed(self, views: Views) -> Float:
        """[N, V*C*H*W] grey values of all views and channels."""
        return views.images.reshape(len(views), -1).astype(np.float32)


@dataclass(frozen=True)
class Displacement:
    """Landmark displacement from onset to apex in the face frame."""

    average: Float  # [L, 3] mm, over the pretraining clips

    def embed(self, views: Views) -> Float:
        """[N, L*3] mm; a clip without landmarks gets the average displacement of the pretraining clips."""
        if views.landmarks is None:
            raise Unsuitable("needs landmarks")
        moved = views.landmarks[:, 1] - views.landmarks[:, 0]
        return np.where(np.isfinite(moved), moved, self.average).reshape(len(views), -1).astype(np.float32)


def fit_pixels(_views: Views, _labels: tuple[str, ...] | None, _config: Config, _progress: Progress) -> Pixels:
    """Nothing to learn."""
    return Pixels()


def fit_displacement(
    views: Views, _labels: tuple[str, ...] | None, _config: Config, _progress: Progress
) -> Displacement:
    """Learns the average displacement; raises Unsuitable where no clip has landmarks."""
    if views.landmarks is None:
        raise Unsuitable("needs landmarks")
    moved = views.landmarks[:, 1] - views.landmarks[:, 0]
    whole = np.isfinite(moved).all(axis=(1, 2))
    if not whole.any():
        raise Unsuitable("needs landmarks")
    return Displacement(moved[whole].mean(0))
