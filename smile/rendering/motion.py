"""A clip's pictures over time, when its onset and apex are, and what moved between them as one picture a view.

Letters in shapes: T frames, N cameras, P planes (1 for depth, 3 for normals), H and W pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smile.rendering.rasterize import Raster

Float = NDArray[np.float32]

#: A pixel that changed by more (mm) has changed surface, say from lip to teeth: it counts as this much.
_FARTHEST = 10.0


@dataclass(frozen=True)
class Film:
    """The pictures of all frames of one clip, and the numbers of the two frames that matter most.

    The onset is the first frame: posed clips start neutral. The apex is found from the geometry, never from labels.
    """

    layers: Mapping[str, Float]  # name of layers.LAYERS -> [T, N, P, H, W], as in Raster; "depth" is always there
    mask: NDArray[np.bool_]  # [T, N, 1, H, W]
    onset: int
    apex: int


def assemble(rasters: Sequence[Raster]) -> Film:
    """The film of a clip's frames, drawn with the layer "depth" at least; the first camera decides about the apex."""
    layers = {name: np.stack([raster.layers[name] for raster in rasters]) for name in rasters[0].layers}
    mask = np.stack([raster.mask for raster in rasters])[:, :, None]
    return Film(layers, mask, 0, find_apex(layers["depth"][:, 0, 0], mask[:, 0, 0]))


def find_apex(depth: Float, mask: NDArray[np.bool_]) -> int:
    """The frame that differs most from the first: depth [T, H, W] in mm, mask [T, H, W].

    The difference is the mean over the face of absolute differences, each at most 10 mm, smoothed over three frames.
    """
    both = mask & mask[0]
    change = np.where(both, np.minimum(np.abs(depth - depth[0]), _FARTHEST), 0.0)
    curve = change.sum(axis=(1, 2)) / np.maximum(both.sum(axis=(1, 2)), 1)
    padded = np.pad(curve, 1, mode="edge")
    return int(np.argmax(padded[:-2] + 2 * curve + padded[2:]))


def rank_pool(pictures: Float, mask: NDArray[np.bool_]) -> Float:
    """One picture [N, P, H, W] of how pictures [T, N, P, H, W] evolve; NaN where first or last frame have no face.

    Approximate rank pooling (Bilen et al. 2016, eq. 4): the sum of the frames weighted by 2t - T - 1. Scaled so that a
    steady change from a to b gives b - a, whatever T is; a frame without face at a pixel counts as the pixel's mean.
    """
    weights = rank_weights(len(pictures))
    seen = np.maximum(mask.sum(axis=0), 1)
    mean = np.where(mask, pictures, np.float32(0.0)).sum(axis=0) / seen
    pooled = np.zeros(pictures.shape[1:], dtype=np.float32)
    for weight, picture, face in zip(weights, pictures, mask, strict=True):
        pooled += weight * np.where(face, picture - mean, np.float32(0.0))
    return np.where(mask[0] & mask[-1], pooled, np.float32(np.nan)).astype(np.float32)


def rank_weights(count: int) -> Float:
    """Weights [T] of approximate rank pooling over `count` frames, scaled so that a unit ramp gives one."""
    order = 2.0 * np.arange(1, count + 1) - count - 1
    return (order * 6.0 / (count * (count + 1))).astype(np.float32)


def subtract(pictures: Float, mask: NDArray[np.bool_], onset: int, apex: int) -> Float:
    """Apex minus onset [N, P, H, W] of pictures [T, N, P, H, W]; NaN where either has no face."""
    both = mask[onset] & mask[apex]
    return np.where(both, pictures[apex] - pictures[onset], np.float32(np.nan)).astype(np.float32)
