"""Holds a clip's images over time, and reduces them to one image of motion per view.

Letters in shapes: T frames, N cameras, P planes (1 for depth, 3 for normals), K key frames, H and W pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from smile.arrays import Bool, Float32
from smile.rendering.motion.course import Course, find_course
from smile.rendering.motion.moments import MOST_DEPTH_CHANGE, find_moments
from smile.rendering.motion.regression import regress
from smile.rendering.raster.rasterize import Raster


@dataclass(frozen=True)
class Film:
    """Holds the images of all frames of one clip, and the numbers of the most important frames.

    Onset and apex are annotated or found from geometry. The key frames lead from onset to apex. The course says for
    every frame how far it is on this way.
    """

    layers: Mapping[str, Float32]  # key of LAYERS -> [T, N, P, H, W], as in Raster; always has "depth"
    mask: Bool  # [T, N, 1, H, W]
    onset: int
    apex: int
    course: Course
    start: int = 0  # first frame for pooling: frames before an onset that was found help to define neutral
    keys: tuple[int, ...] = ()


def assemble(rasters: Sequence[Raster], key_frames: int = 1, onset: int | None = None, apex: int | None = None) -> Film:
    """Builds the film of a clip's frames, which are drawn with at least the layer "depth".

    Onset and apex are positions among the frames. Where they are None, the depth seen by the first camera decides.
    """
    layers = {name: np.stack([raster.layers[name] for raster in rasters]) for name in rasters[0].layers}
    mask = np.stack([raster.mask for raster in rasters])[:, :, None]
    start = onset or 0
    course = find_course(layers["depth"][:, 0, 0], mask[:, 0, 0], onset, apex)
    onset, apex = find_moments(layers["depth"][:, 0, 0], mask[:, 0, 0], onset, apex)
    keys = np.linspace(apex, onset, key_frames).round().astype(int)[::-1]
    return Film(layers, mask, onset, apex, course, start, tuple(keys.tolist()))


def regress_layer(film: Film, layer: str) -> Float32:
    """Returns what changes along the course, [N, P, H, W], from all frames; NaN where too few frames show the face."""
    farthest = MOST_DEPTH_CHANGE if layer == "depth" else np.inf
    return regress(film.layers[layer], film.mask, film.course.values, film.course.drifts, farthest)


def subtract(pictures: Float32, mask: Bool, onset: int, apex: int) -> Float32:
    """Returns apex minus onset, [N, P, H, W], of images [T, N, P, H, W]; NaN where one of them shows no face."""
    both = mask[onset] & mask[apex]
    return np.where(both, pictures[apex] - pictures[onset], np.float32(np.nan)).astype(np.float32)


def pick(pictures: Float32, mask: Bool, frames: Sequence[int]) -> Float32:
    """Returns frames [K] side by side as planes [N, K * P, H, W] of images [T, N, P, H, W]; NaN without a face."""
    shown = [np.where(mask[frame], pictures[frame], np.float32(np.nan)) for frame in frames]
    return np.concatenate(shown, axis=1)
