"""A clip's pictures over time, and what moved in it as one picture a view.

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
    """The pictures of all frames of one clip, and the numbers of the frames that matter most.

    Onset and apex are those that annotators saw, or found from the geometry; the key frames lead from one to the other.
    The course says of all frames how far they are on the way.
    """

    layers: Mapping[str, Float32]  # name of layers.LAYERS -> [T, N, P, H, W], as in Raster; "depth" is always there
    mask: Bool  # [T, N, 1, H, W]
    onset: int
    apex: int
    course: Course
    start: int = 0  # where pooling begins: what comes before a found onset says what neutral is
    keys: tuple[int, ...] = ()


def assemble(rasters: Sequence[Raster], key_frames: int = 1, onset: int | None = None, apex: int | None = None) -> Film:
    """The film of a clip's frames, drawn with the layer "depth" at least.

    Onset and apex are places among the frames; where they are None, the depth that the first camera sees decides.
    """
    layers = {name: np.stack([raster.layers[name] for raster in rasters]) for name in rasters[0].layers}
    mask = np.stack([raster.mask for raster in rasters])[:, :, None]
    start = onset or 0
    course = find_course(layers["depth"][:, 0, 0], mask[:, 0, 0], onset, apex)
    onset, apex = find_moments(layers["depth"][:, 0, 0], mask[:, 0, 0], onset, apex)
    keys = np.linspace(apex, onset, key_frames).round().astype(int)[::-1]
    return Film(layers, mask, onset, apex, course, start, tuple(keys.tolist()))


def regress_layer(film: Film, layer: str) -> Float32:
    """What changes with the course from rest to apex [N, P, H, W], by all frames; NaN where too few have a face."""
    farthest = MOST_DEPTH_CHANGE if layer == "depth" else np.inf
    return regress(film.layers[layer], film.mask, film.course.values, film.course.drifts, farthest)


def subtract(pictures: Float32, mask: Bool, onset: int, apex: int) -> Float32:
    """Apex minus onset [N, P, H, W] of pictures [T, N, P, H, W]; NaN where either has no face."""
    both = mask[onset] & mask[apex]
    return np.where(both, pictures[apex] - pictures[onset], np.float32(np.nan)).astype(np.float32)


def pick(pictures: Float32, mask: Bool, frames: Sequence[int]) -> Float32:
    """Some frames [K] side by side, as planes [N, K * P, H, W] of pictures [T, N, P, H, W]; NaN without a face."""
    shown = [np.where(mask[frame], pictures[frame], np.float32(np.nan)) for frame in frames]
    return np.concatenate(shown, axis=1)
