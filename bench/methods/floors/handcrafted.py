"""Floors without learning: raw pixels, and how far the landmarks moved, or in a single scan differ from the average.

A learnt embedding that does not beat these has learnt little, however well it does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.methods.method import Labels, PartsDone, Unsuitable
from smile.arrays import Float32
from smile.captions.geometry import find_scans
from smile.config import Config
from smile.rendering.views import Views


class Pixels:
    """The pictures themselves."""

    def embed(self, views: Views) -> Float32:
        """[N, V*C*H*W] grey values of all views and channels."""
        return views.images.reshape(len(views), -1).astype(np.float32)


@dataclass(frozen=True)
class Displacement:
    """Landmark displacement from onset to apex in the face frame; of single scans, from the average face."""

    rest: Float32  # [L, 3] mm, the average onset of the pretraining clips
    average: Float32  # [L, 3] mm, their average displacement; zero where no clip has the landmark

    def embed(self, views: Views) -> Float32:
        """[N, L*3] mm; a landmark that a clip lacks moves like the average of the pretraining clips."""
        if views.landmarks is None:
            raise Unsuitable("needs landmarks")
        moved = _measure(views.landmarks, self.rest)
        return np.where(np.isfinite(moved), moved, self.average).reshape(len(views), -1).astype(np.float32)


def fit_pixels(_views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Pixels:
    """Nothing to learn."""
    return Pixels()


def fit_displacement(views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Displacement:
    """Learns the average face and displacement; raises Unsuitable where no clip has landmarks."""
    if views.landmarks is None or not np.isfinite(views.landmarks).any():
        raise Unsuitable("needs landmarks")
    rest = _average(views.landmarks[:, 0])
    return Displacement(rest, _average(_measure(views.landmarks, rest)))


def _measure(landmarks: Float32, rest: Float32) -> Float32:
    """[N, L, 3] from onset, or of single scans from `rest`, to apex."""
    onsets = np.where(find_scans(landmarks)[:, None, None], rest, landmarks[:, 0])
    return landmarks[:, 1] - onsets


def _average(points: Float32) -> Float32:
    """[L, 3] over the clips that have each landmark; zero where none has."""
    known = np.isfinite(points)
    total = np.where(known, points, 0).sum(0, dtype=np.float64)
    return np.asarray(total / np.maximum(known.sum(0), 1), dtype=np.float32)
