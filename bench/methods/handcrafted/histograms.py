"""Embeds images as histograms that people designed: oriented gradients, local binary patterns, shape index.

All three count over a grid of CELLS x CELLS cells and leave the grid in place, because faces are aligned.
Letters in shapes: N clips, V views, C channels, H and W pixels, X any width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.methods.method import Encoder, Labels, PartsDone, Unsuitable
from smile.arrays import Float32, UInt8
from smile.config import Config
from smile.rendering.views import Views

#: Cells along each side of an image.
CELLS = 8
#: Gradient directions (Dalal & Triggs 2005, section 6.2); the patterns of 8 neighbours at 1 pixel of which at most two
#: places change, and one bin for all others (Ojala et al. 2002, eq. 9).
DIRECTIONS, NEIGHBOURS = 9, 8
#: Bins of the shape index from -1 (cup) to 1 (cap), the nine kinds of Koenderink & van Doorn 1992, and the pixels over
#: which curvature is smoothed.
KINDS, SMOOTHING = 9, 1.0
#: Channels whose pixels are heights, so that their surface has a curvature.
HEIGHTS = ("depth", "movement_depth", "rank_depth", "difference_depth")

Picture = UInt8  # [H, W]


@dataclass(frozen=True)
class Histograms:
    """Embeds each plane of each view by `count`; nothing is learnt."""

    count: Callable[[Picture], NDArray[np.floating]]
    channels: tuple[str, ...] = ()  # whose planes are counted; all where it is empty

    def embed(self, views: Views) -> Float32:
        """Returns histograms of all planes side by side, [N, X]; raises Unsuitable where the channels are missing."""
        planes = [c for c in range(views.images.shape[2]) if not self.channels or _names(views)[c] in self.channels]
        if not planes:
            raise Unsuitable(f"needs one of the channels {', '.join(self.channels)}")
        rows = [[self.count(view[c]) for view in clip for c in planes] for clip in views.images]
        return np.array(rows, dtype=np.float32).reshape(len(views), -1)


def count_gradients(picture: Picture) -> NDArray[np.floating]:
    """Returns histograms of oriented gradients, normalised in blocks of 2 x 2 cells (Dalal & Triggs 2005)."""
    from skimage.feature import hog

    found: NDArray[np.floating] = hog(
        picture, DIRECTIONS, pixels_per_cell=_cell(picture), cells_per_block=(2, 2), block_norm="L2-Hys"
    )
    return found


def count_patterns(picture: Picture) -> NDArray[np.floating]:
    """Returns histograms of uniform local binary patterns (Ojala et al. 2002), each with sum one."""
    from skimage.feature import local_binary_pattern

    patterns = local_binary_pattern(picture, NEIGHBOURS, 1, method="nri_uniform").astype(int)
    return _count(patterns, NEIGHBOURS * (NEIGHBOURS - 1) + 3)


def count_shapes(picture: Picture) -> NDArray[np.floating]:
    """Returns histograms of shape index and of curvedness (Koenderink & van Doorn 1992) of a surface of heights.

    A flat place has no shape index. The last bin of curvedness holds all from one pixel step a pixel squared.
    """
    from skimage.feature import hessian_matrix, hessian_matrix_eigvals, shape_index

    heights = picture.astype(float)
    index = shape_index(heights, sigma=SMOOTHING, mode="nearest")
    hessian = hessian_matrix(heights, sigma=SMOOTHING, mode="nearest", order="rc", use_gaussian_derivatives=False)
    curvedness = np.sqrt((hessian_matrix_eigvals(hessian) ** 2).mean(axis=0))
    kinds = np.where(np.isfinite(index), np.floor((np.nan_to_num(index) + 1) / 2 * KINDS), -1)
    strengths = np.minimum(curvedness * KINDS, KINDS - 1)
    return np.concatenate(
        [_count(np.minimum(kinds, KINDS - 1).astype(int), KINDS), _count(strengths.astype(int), KINDS)]
    )


def fit_gradients(_views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Encoder:
    """Returns the encoder of oriented gradients at once."""
    return Histograms(count_gradients)


def fit_patterns(_views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Encoder:
    """Returns the encoder of local binary patterns at once."""
    return Histograms(count_patterns)


def fit_shapes(_views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Encoder:
    """Returns the encoder of shape index and curvedness at once."""
    return Histograms(count_shapes, HEIGHTS)


def _count(codes: NDArray[np.integer], bins: int) -> NDArray[np.floating]:
    """Returns the share of each code from 0 to bins - 1 in each cell, flat; codes below zero do not count."""
    cells = [cell for rows in np.array_split(codes, CELLS) for cell in np.array_split(rows, CELLS, axis=1)]
    counts = [np.bincount(cell[cell >= 0], minlength=bins) / max(cell.size, 1) for cell in cells]
    return np.concatenate(counts)


def _cell(picture: Picture) -> tuple[int, int]:
    return max(picture.shape[0] // CELLS, 1), max(picture.shape[1] // CELLS, 1)


def _names(views: Views) -> tuple[str, ...]:
    return views.planes or ("",) * views.images.shape[2]
