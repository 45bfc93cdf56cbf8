"""Defines a linear face model: identity modes and FACS shapes displace a neutral mesh.

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
    """Holds what makes the faces of many subjects, all with the same mesh connectivity."""

    neutral: Float32  # [V, 3] mm, the mean face
    shapes: Float32  # [S, V, 3] mm at full weight, in the order of blendshapes.SHAPES
    identities: Float32  # [I, V, 3] mm for one standard deviation
    surface: MeshConnectivity
    anchors: Anchors  # of the landmark scheme "bu83"

    def sculpt(self, identity: Float32) -> Float32:
        """Returns the neutral face [V, 3] of a subject with identity coefficients [I], in standard deviations."""
        return _add(self.neutral, identity, self.identities)

    def deform(self, sculpted: Float32, weights: Float32) -> Float32:
        """Returns this face [V, 3] with the shapes at these weights [S]."""
        return _add(sculpted, weights, self.shapes)


class ModelSource(Protocol):
    """Identifies a face model; it is small, hashable and picklable, so that every process can load the model itself."""

    def __hash__(self) -> int: ...

    def load(self) -> FaceModel:
        """Returns the model, which each process loads once."""
        ...

    def content_key(self) -> str:
        """Returns a key for the model's content and the program that makes it: equal keys mean equal faces."""
        ...


def _add(face: Float32, amounts: Float32, steps: Float32) -> Float32:
    """Returns the face [V, 3] moved by each of the steps [K, V, 3], times its amount in `amounts` [K].

    The steps are added one after the other. A matrix product would add in an order that depends on the number of
    threads, and would not skip the many shapes with weight 0.
    """
    moved = face.astype(np.float32)
    for amount, step in zip(amounts.astype(np.float32), steps, strict=True):
        if amount:
            moved += amount * step
    return moved
