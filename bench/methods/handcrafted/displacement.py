"""Embeds how far landmarks moved: in a sequence from onset to apex, in a single scan from the average face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.methods.method import Labels, PartsDone, Unsuitable
from smile.arrays import Float32
from smile.captions.geometry import find_scans
from smile.config import Config
from smile.rendering.views import Views


@dataclass(frozen=True)
class Displacement:
    """Embeds a clip as landmark displacement in the face frame; single scans start at the average face."""

    rest: Float32  # [L, 3] mm, average onset of the pretraining clips
    average: Float32  # [L, 3] mm, average displacement of the pretraining clips; zero where no clip has the landmark

    def embed(self, views: Views) -> Float32:
        """Returns displacements in mm, [N, L*3]; a missing landmark gets the average displacement of pretraining."""
        if views.landmarks is None:
            raise Unsuitable("needs landmarks")
        moved = _measure(views.landmarks, self.rest)
        return np.where(np.isfinite(moved), moved, self.average).reshape(len(views), -1).astype(np.float32)


def fit_displacement(views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Displacement:
    """Learns the average face and the average displacement; raises Unsuitable where no clip has landmarks."""
    if views.landmarks is None or not np.isfinite(views.landmarks).any():
        raise Unsuitable("needs landmarks")
    rest = _average(views.landmarks[:, 0])
    return Displacement(rest, _average(_measure(views.landmarks, rest)))


def _measure(landmarks: Float32, rest: Float32) -> Float32:
    """Returns displacements [N, L, 3] to the apex: from the onset, or from `rest` for single scans."""
    onsets = np.where(find_scans(landmarks)[:, None, None], rest, landmarks[:, 0])
    return landmarks[:, 1] - onsets


def _average(points: Float32) -> Float32:
    """Returns the average point [L, 3] over the clips that have the landmark; zero where no clip has it."""
    known = np.isfinite(points)
    total = np.where(known, points, 0).sum(0, dtype=np.float64)
    return np.asarray(total / np.maximum(known.sum(0), 1), dtype=np.float32)
