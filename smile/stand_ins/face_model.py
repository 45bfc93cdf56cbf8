"""A linear face model: a neutral mesh that identity modes and FACS shapes displace.

V = neutral + sum_k a_k identity_k + sum_s w_s shape_s (Blanz & Vetter 1999; Li et al. 2020, Learning Formation of
Physically-Based Face Attributes). Letters in shapes: V vertices, S shapes, I identity modes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from smile.arrays import Float32
from smile.stand_ins.landmark_transfer import Anchors
from smile.stand_ins.scanner import MeshConnectivity


@dataclass(frozen=True)
class FaceModel:
    """What makes the faces of many subjects, all with the same connectivity."""

    neutral: Float32  # [V, 3] mm, the mean face
    shapes: Float32  # [S, V, 3] mm at full weight, in the order of blendshapes.SHAPES
    identities: Float32  # [I, V, 3] mm for one standard deviation
    surface: MeshConnectivity
    anchors: Anchors  # of the landmark scheme "bu83"

    def sculpt(self, identity: Float32) -> Float32:
        """[V, 3] the neutral face of a subject with these identity coefficients [I], in standard deviations."""
        return _add(self.neutral, identity, self.identities)

    def deform(self, sculpted: Float32, weights: Float32) -> Float32:
        """[V, 3] that face with the shapes at these weights [S]."""
        return _add(sculpted, weights, self.shapes)


class ModelSource(Protocol):
    """Names a face model; small, hashable and picklable, so that every process can load the model for itself."""

    def __hash__(self) -> int: ...

    def load(self) -> FaceModel:
        """The model; loaded once per process."""
        ...

    def content_key(self) -> str:
        """Names what the model holds and the program that makes it: equal keys, equal faces."""
        ...


def _add(face: Float32, amounts: Float32, steps: Float32) -> Float32:
    """[V, 3] the face moved by each of the steps [K, V, 3] as far as `amounts` [K] say.

    One after the other: a product of matrices adds in an order that depends on how many threads there are, and does
    not leave out the many shapes that rest.
    """
    moved = face.astype(np.float32)
    for amount, step in zip(amounts.astype(np.float32), steps, strict=True):
        if amount:
            moved += amount * step
    return moved
